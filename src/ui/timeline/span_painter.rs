//! How stretches of tasks look: form says what a task did, hue which model. One mesh per group of
//! lanes; what is smaller than a pixel is merged.

use eframe::egui::{Color32, Mesh, Pos2, Rect, Vec2, pos2};

use super::time_axis::TimeAxis;
use crate::lab::lanes::Lanes;
use crate::trial::Phase;

/// Tasks narrower than this many pixels are drawn as one bar with their neighbours.
const SUB_PIXEL: f32 = 1.5;
/// Below this width no stripe of a hatching would be seen whole: a tint stands for it.
const LEAST_HATCHED: f32 = 6.0;
/// Below this width the caps of a fetch would be all of it.
const LEAST_CAPPED: f32 = 7.0;
/// From stripe to stripe.
const STRIPES: f32 = 5.0;
/// Width of a stripe along the time axis.
const STRIPE: f32 = 2.0;

/// The colours of one group of lanes.
#[derive(Clone, Copy)]
pub struct SpanStyle {
    /// Of the model.
    pub hue: Color32,
    /// Queueing.
    pub queue: Color32,
    /// Waiting for a lock.
    pub lock_wait: Color32,
    /// Waiting for an interpreter.
    pub gil_wait: Color32,
}

/// Draws one stretch within the full height of its lane: computing fills it, a file half of it,
/// waiting is a thin bar, a fetch one with caps (something comes back), waiting for a lock hatched.
pub fn stretch(mesh: &mut Mesh, phase: Phase, lane: Rect, ink: SpanStyle) {
    let within = |share: f32| {
        let height = (lane.height() * share).max(2.0).round();
        let top = lane.top() + ((lane.height() - height) / 2.0).round();
        Rect::from_min_size(pos2(lane.left(), top), Vec2::new(lane.width(), height))
    };
    match phase {
        Phase::Compute => mesh.add_colored_rect(lane, ink.hue),
        Phase::Wait => mesh.add_colored_rect(within(0.34), ink.hue),
        Phase::File => mesh.add_colored_rect(within(0.6), ink.hue),
        Phase::Http => {
            mesh.add_colored_rect(within(0.34), ink.hue);
            if lane.width() >= LEAST_CAPPED {
                let cap = within(0.86);
                let size = Vec2::new(2.0, cap.height());
                mesh.add_colored_rect(Rect::from_min_size(cap.min, size), ink.hue);
                mesh.add_colored_rect(Rect::from_min_size(cap.right_top() - Vec2::new(2.0, 0.0), size), ink.hue);
            }
        }
        Phase::LockWait if lane.width() < LEAST_HATCHED => {
            mesh.add_colored_rect(lane, ink.lock_wait.gamma_multiply(0.7));
        }
        Phase::LockWait => hatch(mesh, lane, ink.lock_wait),
    }
}

/// Draws waiting for the interpreter: hatched the other way than waiting for a lock, over what the task did.
/// Where in the task it was is not known: it stands at the end.
pub fn gil_wait(mesh: &mut Mesh, lane: Rect, ink: SpanStyle, ground: Color32) {
    mesh.add_colored_rect(lane, ground);
    if lane.width() < LEAST_HATCHED {
        mesh.add_colored_rect(lane, ink.gil_wait.gamma_multiply(0.7));
        return;
    }
    let begin = mesh.vertices.len();
    hatch(mesh, lane, ink.gil_wait);
    let middle = lane.center().y;
    for vertex in &mut mesh.vertices[begin..] {
        vertex.pos.y = 2.0 * middle - vertex.pos.y;
    }
}

/// Stripes at 45° over a faint ground. They stand at fixed places of the window, so that the
/// stretches of neighbouring lanes join.
pub fn hatch(mesh: &mut Mesh, place: Rect, colour: Color32) {
    mesh.add_colored_rect(place, colour.gamma_multiply(0.22));
    let height = place.height();
    let mut foot = ((place.left() - height) / STRIPES).floor() * STRIPES;
    while foot < place.right() {
        let corners = [
            pos2(foot, place.bottom()),
            pos2(foot + STRIPE, place.bottom()),
            pos2(foot + STRIPE + height, place.top()),
            pos2(foot + height, place.top()),
        ];
        let whole = foot >= place.left() && foot + STRIPE + height <= place.right();
        if whole {
            polygon(mesh, &corners, colour);
        } else {
            let right_of = cut(&corners, |at| at.x - place.left());
            polygon(mesh, &cut(&right_of, |at| place.right() - at.x), colour);
        }
        foot += STRIPES;
    }
}

/// The part of a convex polygon where `inside` is not negative.
fn cut(corners: &[Pos2], inside: impl Fn(Pos2) -> f32) -> Vec<Pos2> {
    let mut kept = Vec::with_capacity(corners.len() + 1);
    for (place, from) in corners.iter().enumerate() {
        let to = corners[(place + 1) % corners.len()];
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
    for place in 2..corners.len() as u32 {
        mesh.add_triangle(first, first + place - 1, first + place);
    }
}

/// Which forms are on screen: what the legend has to explain, and no more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drawn {
    phases: [bool; PHASES.len()],
    pub gil_wait: bool,
    /// A task without steps.
    pub empty_task: bool,
    pub queue: bool,
    pub late_beat: bool,
}

impl Drawn {
    /// True where a stretch of this kind is on screen.
    pub const fn has(&self, phase: Phase) -> bool {
        self.phases[phase as usize]
    }

    /// Adds what another group of lanes shows.
    pub fn add(&mut self, other: Self) {
        self.phases.iter_mut().zip(other.phases).for_each(|(mine, theirs)| *mine |= theirs);
        self.gil_wait |= other.gil_wait;
        self.empty_task |= other.empty_task;
        self.queue |= other.queue;
        self.late_beat |= other.late_beat;
    }
}

/// Draws lanes into a mesh.
pub struct SpanPainter {
    pub mesh: Mesh,
    pub drawn: Drawn,
    pub ink: SpanStyle,
    pub axis: TimeAxis,
    pub plot: Rect,
    /// Behind the lanes.
    pub ground: Color32,
    /// The tasks have no steps.
    pub empty: bool,
}

/// Tasks too narrow to be seen one by one, and for how long they did what.
#[derive(Clone, Copy)]
struct MergedSpans {
    from: f32,
    to: f32,
    nanos: [u64; PHASES.len()],
}

const PHASES: [Phase; 5] = [Phase::Compute, Phase::Wait, Phase::Http, Phase::File, Phase::LockWait];

impl SpanPainter {
    /// One lane: its tasks, and the queueing before each.
    pub fn lane(&mut self, lanes: &Lanes, lane: usize, top: f32, height: f32) {
        let places = lanes.visible(lane, self.axis.range.from, self.axis.range.to);
        let mut free_from =
            places.start.checked_sub(1).map_or(f64::NEG_INFINITY, |before| finished(lanes, lane, before));
        let mut blur: Option<MergedSpans> = None;
        for place in places {
            let task = lanes.lanes[lane].tasks[place];
            let span = lanes.spans.tasks[task as usize];
            let (from, to) = (self.axis.x(span.started as f64), self.axis.x(span.finished as f64));
            if to - from < SUB_PIXEL {
                let mut one = match blur.take() {
                    Some(one) if from - one.to < 1.0 => MergedSpans { to: to.max(one.to), ..one },
                    other => {
                        self.blurred(other, top, height);
                        MergedSpans { from, to, nanos: [0; PHASES.len()] }
                    }
                };
                let longest = lanes.longest_phase[task as usize];
                // One more than it took, so that tasks of no length count too.
                one.nanos[longest as usize] += span.finished.saturating_sub(span.started) + 1;
                blur = Some(one);
            } else {
                self.blurred(blur.take(), top, height);
                let queued = (span.submitted as f64).max(free_from);
                self.dots(self.axis.x(queued), from, top + height / 2.0);
                self.task(lanes, task as usize, top, height);
            }
            free_from = span.finished as f64;
        }
        self.blurred(blur, top, height);
    }

    fn task(&mut self, lanes: &Lanes, task: usize, top: f32, height: f32) {
        let span = lanes.spans.tasks[task];
        if lanes.spans.steps.is_empty() {
            self.bar(Phase::Compute, (span.started, span.finished), top, height);
            return;
        }
        for (_, phase, from, to) in lanes.spans.phases(task) {
            // A step that a task leaves out still takes some nanoseconds to be left out.
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
                gil_wait(&mut self.mesh, lane, self.ink, self.ground);
            }
        }
    }

    /// Leaves a sliver at the end free, so that neighbours can be told apart.
    fn bar(&mut self, phase: Phase, (from, to): (u64, u64), top: f32, height: f32) {
        let left = self.axis.x(from as f64).max(self.plot.left());
        let right = self.axis.x(to as f64).min(self.plot.right());
        if right > left {
            let right = if right - left > 4.0 { right - 0.75 } else { right.max(left + 0.75) };
            let lane = Rect::from_min_max(pos2(left, top), pos2(right, top + height));
            stretch(&mut self.mesh, phase, lane, self.ink);
            self.mark(phase);
        }
    }

    /// A task without steps is drawn as one that computes, but does not.
    fn mark(&mut self, phase: Phase) {
        if self.empty { self.drawn.empty_task = true } else { self.drawn.phases[phase as usize] = true }
    }

    fn blurred(&mut self, blur: Option<MergedSpans>, top: f32, height: f32) {
        let Some(blur) = blur else { return };
        let phase = PHASES.into_iter().max_by_key(|phase| blur.nanos[*phase as usize]).unwrap_or(Phase::Compute);
        let right = blur.to.max(blur.from + 1.0);
        let lane = Rect::from_min_max(pos2(blur.from, top), pos2(right, top + height));
        let faint = SpanStyle { hue: self.ink.hue.gamma_multiply(0.75), ..self.ink };
        if right > self.plot.left() && blur.from < self.plot.right() {
            self.mark(phase);
        }
        match phase {
            // Caps would claim that this is one fetch.
            Phase::Http => stretch(&mut self.mesh, Phase::Wait, lane, faint),
            other => stretch(&mut self.mesh, other, lane, faint),
        }
    }

    fn dots(&mut self, from: f32, to: f32, middle: f32) {
        let (from, to) = (from.max(self.plot.left()), to.min(self.plot.right()));
        let mut x = from;
        while x + 2.0 <= to {
            let dot = Rect::from_min_size(pos2(x, middle - 0.75), Vec2::new(1.5, 1.5));
            self.mesh.add_colored_rect(dot, self.ink.queue);
            self.drawn.queue = true;
            x += 4.0;
        }
    }
}

fn finished(lanes: &Lanes, lane: usize, place: usize) -> f64 {
    lanes.spans.tasks[lanes.lanes[lane].tasks[place] as usize].finished as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(phase: Phase, width: f32) -> Mesh {
        let ink = SpanStyle {
            hue: Color32::from_gray(1),
            queue: Color32::from_gray(2),
            lock_wait: Color32::from_gray(3),
            gil_wait: Color32::from_gray(4),
        };
        let mut mesh = Mesh::default();
        stretch(&mut mesh, phase, Rect::from_min_size(pos2(103.0, 20.0), Vec2::new(width, 7.0)), ink);
        mesh
    }

    #[test]
    fn every_phase_is_told_by_its_form() {
        for (place, phase) in PHASES.into_iter().enumerate() {
            assert_eq!(phase as usize, place);
            for other in &PHASES[place + 1..] {
                let (one, other) = (drawn(phase, 40.0), drawn(*other, 40.0));
                let form =
                    |mesh: &Mesh| mesh.vertices.iter().map(|vertex| (vertex.pos.x, vertex.pos.y)).collect::<Vec<_>>();
                assert_ne!(form(&one), form(&other));
            }
        }
    }

    #[test]
    fn hatching_stays_in_its_place_and_is_a_tint_where_it_is_narrow() {
        let wide = drawn(Phase::LockWait, 200.0);
        let inside = Rect::from_min_max(pos2(102.99, 19.99), pos2(303.01, 27.01));
        assert!(wide.vertices.iter().all(|vertex| inside.contains(vertex.pos)));
        assert!((40..60).contains(&(wide.indices.len() / 6)), "{} stripes", wide.indices.len() / 6);
        assert_eq!(drawn(Phase::LockWait, 5.0).indices.len(), 6);
    }
}
