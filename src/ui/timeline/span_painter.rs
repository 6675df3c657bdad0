//! Painting of spans: the shape shows the phase, the hue the model. One mesh per model; tasks narrower than a pixel
//! are merged.

use eframe::egui::{Color32, Mesh, Pos2, Rect, Vec2, pos2};

use super::time_axis::TimeAxis;
use crate::lab::lanes::Lanes;
use crate::trial::Phase;

/// Width in pixels below which tasks are merged with their neighbours.
const SUB_PIXEL: f32 = 1.5;
/// Width below which hatching is replaced by a tint.
const LEAST_HATCHED: f32 = 6.0;
/// Width below which a fetch is drawn without caps.
const LEAST_CAPPED: f32 = 7.0;
/// Distance between stripes.
const STRIPES: f32 = 5.0;
/// Length of a dash of a transfer, and of the gap after it.
const DASH: f32 = 3.0;
const DASH_GAP: f32 = 2.0;
/// Width of a stripe along the time axis.
const STRIPE: f32 = 2.0;

/// The colours of one group of lanes.
#[derive(Clone, Copy)]
pub struct SpanStyle {
    /// Model.
    pub hue: Color32,
    /// Queueing.
    pub queue: Color32,
    /// Waiting for a lock.
    pub lock_wait: Color32,
    /// Waiting for an interpreter.
    pub gil_wait: Color32,
}

/// Draws one span within the height of its lane. Compute fills it, a file step takes half of it, code of the user's a
/// little less than all of it, wait is a thin bar, a fetch a thin bar with caps, lock wait is hatched, reading and making
/// a payload is paler, its transfer a dashed bar.
pub fn draw_span(mesh: &mut Mesh, phase: Phase, lane: Rect, style: SpanStyle) {
    let within = |share: f32| {
        let height = (lane.height() * share).max(2.0).round();
        let top = lane.top() + ((lane.height() - height) / 2.0).round();
        Rect::from_min_size(pos2(lane.left(), top), Vec2::new(lane.width(), height))
    };
    match phase {
        Phase::Compute => mesh.add_colored_rect(lane, style.hue),
        Phase::Wait => mesh.add_colored_rect(within(0.34), style.hue),
        Phase::File => mesh.add_colored_rect(within(0.6), style.hue),
        Phase::Http => {
            mesh.add_colored_rect(within(0.34), style.hue);
            if lane.width() >= LEAST_CAPPED {
                let cap = within(0.86);
                let size = Vec2::new(2.0, cap.height());
                mesh.add_colored_rect(Rect::from_min_size(cap.min, size), style.hue);
                mesh.add_colored_rect(Rect::from_min_size(cap.right_top() - Vec2::new(2.0, 0.0), size), style.hue);
            }
        }
        Phase::LockWait if lane.width() < LEAST_HATCHED => {
            mesh.add_colored_rect(lane, style.lock_wait.gamma_multiply(0.7));
        }
        Phase::LockWait => hatch(mesh, lane, style.lock_wait),
        Phase::Payload => {
            mesh.add_colored_rect(within(0.7), style.hue.gamma_multiply(0.55));
        }
        Phase::Transfer => {
            let bar = within(0.34);
            let mut left = bar.left();
            while left < bar.right() {
                let right = (left + DASH).min(bar.right());
                mesh.add_colored_rect(Rect::from_x_y_ranges(left..=right, bar.y_range()), style.hue);
                left += DASH + DASH_GAP;
            }
        }
        Phase::OwnCode => mesh.add_colored_rect(within(0.86), style.hue),
    }
}

/// Draws GIL wait over the task: hatched in the other direction than lock wait. Its position within the task is
/// unknown, so it is at the end.
pub fn draw_gil_wait(mesh: &mut Mesh, lane: Rect, style: SpanStyle, ground: Color32) {
    mesh.add_colored_rect(lane, ground);
    if lane.width() < LEAST_HATCHED {
        mesh.add_colored_rect(lane, style.gil_wait.gamma_multiply(0.7));
        return;
    }
    let begin = mesh.vertices.len();
    hatch(mesh, lane, style.gil_wait);
    let middle = lane.center().y;
    for vertex in &mut mesh.vertices[begin..] {
        vertex.pos.y = 2.0 * middle - vertex.pos.y;
    }
}

/// Draws stripes at 45° over a faint background. Their positions are fixed in the window, so that the spans of
/// neighbouring lanes join.
pub fn hatch(mesh: &mut Mesh, rect: Rect, colour: Color32) {
    mesh.add_colored_rect(rect, colour.gamma_multiply(0.22));
    let height = rect.height();
    let mut foot = ((rect.left() - height) / STRIPES).floor() * STRIPES;
    while foot < rect.right() {
        let corners = [
            pos2(foot, rect.bottom()),
            pos2(foot + STRIPE, rect.bottom()),
            pos2(foot + STRIPE + height, rect.top()),
            pos2(foot + height, rect.top()),
        ];
        let uncut = foot >= rect.left() && foot + STRIPE + height <= rect.right();
        if uncut {
            polygon(mesh, &corners, colour);
        } else {
            let right_of = cut(&corners, |at| at.x - rect.left());
            polygon(mesh, &cut(&right_of, |at| rect.right() - at.x), colour);
        }
        foot += STRIPES;
    }
}

/// Returns the part of a convex polygon where `inside` is not negative.
fn cut(corners: &[Pos2], inside: impl Fn(Pos2) -> f32) -> Vec<Pos2> {
    let mut kept = Vec::with_capacity(corners.len() + 1);
    for (index, from) in corners.iter().enumerate() {
        let to = corners[(index + 1) % corners.len()];
        let (here, there) = (inside(*from), inside(to));
        if here >= 0.0 {
            kept.push(*from);
        }
        if (here < 0.0) != (there < 0.0) {
            kept.push(from.lerp(to, here / (here - there)));
        }
    }
    kept
}

fn polygon(mesh: &mut Mesh, corners: &[Pos2], colour: Color32) {
    let first = mesh.vertices.len() as u32;
    for corner in corners {
        mesh.colored_vertex(*corner, colour);
    }
    for index in 2..corners.len() as u32 {
        mesh.add_triangle(first, first + index - 1, first + index);
    }
}

/// Shapes that are on screen, to be explained by the legend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drawn {
    phases: [bool; PHASES.len()],
    pub gil_wait: bool,
    /// True for tasks without steps.
    pub empty_task: bool,
    pub queue: bool,
    pub late_beat: bool,
}

impl Drawn {
    /// Returns true if a span of this phase is on screen.
    pub const fn has(&self, phase: Phase) -> bool {
        self.phases[phase as usize]
    }

    /// Adds the shapes of another model.
    pub fn add(&mut self, other: Self) {
        self.phases.iter_mut().zip(other.phases).for_each(|(mine, theirs)| *mine |= theirs);
        self.gil_wait |= other.gil_wait;
        self.empty_task |= other.empty_task;
        self.queue |= other.queue;
        self.late_beat |= other.late_beat;
    }
}

/// Painter of lanes into a mesh.
pub struct SpanPainter {
    pub mesh: Mesh,
    pub drawn: Drawn,
    pub style: SpanStyle,
    pub axis: TimeAxis,
    pub plot: Rect,
    /// Colour behind the lanes.
    pub ground: Color32,
    /// True if the tasks have no steps.
    pub empty: bool,
}

/// Tasks too narrow to draw one by one, and the time in each phase.
#[derive(Clone, Copy)]
struct MergedSpans {
    from: f32,
    to: f32,
    nanos: [u64; PHASES.len()],
}

const PHASES: [Phase; 8] = [
    Phase::Compute,
    Phase::Wait,
    Phase::Http,
    Phase::File,
    Phase::LockWait,
    Phase::Payload,
    Phase::Transfer,
    Phase::OwnCode,
];

impl SpanPainter {
    /// Draws one lane: its tasks, and the queueing before each.
    pub fn lane(&mut self, lanes: &Lanes, lane: usize, top: f32, height: f32) {
        let range = lanes.visible(lane, self.axis.range.from, self.axis.range.to);
        let mut free_from =
            range.start.checked_sub(1).map_or(f64::NEG_INFINITY, |before| finished(lanes, lane, before));
        let mut merged: Option<MergedSpans> = None;
        for index in range {
            let task = lanes.lanes[lane].tasks[index];
            let span = lanes.spans.tasks[task as usize];
            let (from, to) = (self.axis.x(span.started as f64), self.axis.x(span.finished as f64));
            if to - from < SUB_PIXEL {
                let mut one = match merged.take() {
                    Some(one) if from - one.to < 1.0 => MergedSpans { to: to.max(one.to), ..one },
                    other => {
                        self.flush_merged(other, top, height);
                        MergedSpans { from, to, nanos: [0; PHASES.len()] }
                    }
                };
                let longest = lanes.longest_phase[task as usize];
                // One more, so that tasks of no length count too.
                one.nanos[longest as usize] += span.finished.saturating_sub(span.started) + 1;
                merged = Some(one);
            } else {
                self.flush_merged(merged.take(), top, height);
                let queued = (span.submitted as f64).max(free_from);
                let sent = span.submitted + lanes.spans.queue_nanos(task as usize);
                self.dots(self.axis.x(queued), self.axis.x(sent as f64), top + height / 2.0);
                self.task(lanes, task as usize, top, height);
            }
            free_from = span.finished as f64;
        }
        self.flush_merged(merged, top, height);
    }

    fn task(&mut self, lanes: &Lanes, task: usize, top: f32, height: f32) {
        let span = lanes.spans.tasks[task];
        if lanes.spans.steps.is_empty() && lanes.spans.handovers.is_empty() {
            self.bar(Phase::Compute, (span.started, span.finished), top, height);
            return;
        }
        for (_, phase, from, to) in lanes.spans.phases(task) {
            // A skipped step still takes some nanoseconds.
            if (to - from) as f64 >= self.axis.nanos_per_pixel() * 0.3 {
                self.bar(phase, (from, to), top, height);
            }
        }
        if let Some(wait) = lanes.spans.gil_waits.get(task) {
            let from = span.finished.saturating_sub(*wait).max(span.started);
            let left = self.axis.x(from as f64).max(self.plot.left());
            let right = (self.axis.x(span.finished as f64) - 0.75).min(self.plot.right());
            if right - left >= 1.0 {
                self.drawn.gil_wait = true;
                let lane = Rect::from_min_max(pos2(left, top), pos2(right, top + height));
                draw_gil_wait(&mut self.mesh, lane, self.style, self.ground);
            }
        }
    }

    /// Draws one span. A narrow gap at its end separates it from the next.
    fn bar(&mut self, phase: Phase, (from, to): (u64, u64), top: f32, height: f32) {
        let left = self.axis.x(from as f64).max(self.plot.left());
        let right = self.axis.x(to as f64).min(self.plot.right());
        if right > left {
            let right = if right - left > 4.0 { right - 0.75 } else { right.max(left + 0.75) };
            let lane = Rect::from_min_max(pos2(left, top), pos2(right, top + height));
            draw_span(&mut self.mesh, phase, lane, self.style);
            self.mark(phase);
        }
    }

    /// Records a shape for the legend. A task without steps looks like compute but is not.
    fn mark(&mut self, phase: Phase) {
        if self.empty { self.drawn.empty_task = true } else { self.drawn.phases[phase as usize] = true }
    }

    fn flush_merged(&mut self, merged: Option<MergedSpans>, top: f32, height: f32) {
        let Some(merged) = merged else { return };
        let phase = PHASES.into_iter().max_by_key(|phase| merged.nanos[*phase as usize]).unwrap_or(Phase::Compute);
        let right = merged.to.max(merged.from + 1.0);
        let lane = Rect::from_min_max(pos2(merged.from, top), pos2(right, top + height));
        let faint = SpanStyle { hue: self.style.hue.gamma_multiply(0.75), ..self.style };
        if right > self.plot.left() && merged.from < self.plot.right() {
            self.mark(phase);
        }
        match phase {
            // Caps would suggest a single fetch.
            Phase::Http => draw_span(&mut self.mesh, Phase::Wait, lane, faint),
            other => draw_span(&mut self.mesh, other, lane, faint),
        }
    }

    fn dots(&mut self, from: f32, to: f32, middle: f32) {
        let (from, to) = (from.max(self.plot.left()), to.min(self.plot.right()));
        let mut x = from;
        while x + 2.0 <= to {
            let dot = Rect::from_min_size(pos2(x, middle - 0.75), Vec2::new(1.5, 1.5));
            self.mesh.add_colored_rect(dot, self.style.queue);
            self.drawn.queue = true;
            x += 4.0;
        }
    }
}

fn finished(lanes: &Lanes, lane: usize, index: usize) -> f64 {
    lanes.spans.tasks[lanes.lanes[lane].tasks[index] as usize].finished as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(phase: Phase, width: f32) -> Mesh {
        let style = SpanStyle {
            hue: Color32::from_gray(1),
            queue: Color32::from_gray(2),
            lock_wait: Color32::from_gray(3),
            gil_wait: Color32::from_gray(4),
        };
        let mut mesh = Mesh::default();
        draw_span(&mut mesh, phase, Rect::from_min_size(pos2(103.0, 20.0), Vec2::new(width, 7.0)), style);
        mesh
    }

    #[test]
    fn every_phase_has_its_own_shape() {
        for (index, phase) in PHASES.into_iter().enumerate() {
            assert_eq!(phase as usize, index);
            for other in &PHASES[index + 1..] {
                let (one, other) = (drawn(phase, 40.0), drawn(*other, 40.0));
                let shape =
                    |mesh: &Mesh| mesh.vertices.iter().map(|vertex| (vertex.pos.x, vertex.pos.y)).collect::<Vec<_>>();
                assert_ne!(shape(&one), shape(&other));
            }
        }
    }

    #[test]
    fn hatching_stays_in_its_rectangle_and_is_a_tint_where_it_is_narrow() {
        let wide = drawn(Phase::LockWait, 200.0);
        let inside = Rect::from_min_max(pos2(102.99, 19.99), pos2(303.01, 27.01));
        assert!(wide.vertices.iter().all(|vertex| inside.contains(vertex.pos)));
        assert!((40..60).contains(&(wide.indices.len() / 6)), "{} stripes", wide.indices.len() / 6);
        assert_eq!(drawn(Phase::LockWait, 5.0).indices.len(), 6);
    }
}
