//! Paints the bars of tasks: computing has full height, waiting is a thin bar, waiting for a lock or the GIL is hatched,
//! queueing a dotted line, reading and making a payload is paler, its transfer a dashed bar.

use super::description::BarState;
use super::svg_writer::{Colour, SvgWriter};
use super::task_colour::{ColourKey, KeyInk};
use crate::model::Family;
use crate::trial::Phase;

/// Height of a bar.
pub(super) const BAR: f64 = 9.0;

/// Most dashes of the bar of a transfer.
const MOST_DASHES: f64 = 60.0;

/// Colour of a bar.
#[derive(Debug, Clone, Copy)]
pub(super) struct BarInk {
    pub(super) colour: Colour,
    pub(super) opacity: f64,
}

impl From<Family> for BarInk {
    fn from(family: Family) -> Self {
        Self { colour: Colour::Family(family), opacity: 1.0 }
    }
}

impl From<ColourKey> for BarInk {
    fn from(key: ColourKey) -> Self {
        match key.ink() {
            KeyInk::Hue(family, opacity) => Self { colour: Colour::Family(family), opacity: f64::from(opacity) },
            KeyInk::Tertiary => Self { colour: Colour::Tertiary, opacity: 1.0 },
            KeyInk::Queue => Self { colour: Colour::Queue, opacity: 1.0 },
        }
    }
}

/// Paints one bar; `top` is that of its lane.
pub(super) fn bar(svg: &mut SvgWriter<'_>, at: (f64, f64), width: f64, state: BarState, ink: BarInk) {
    bar_of(svg, at, (width, BAR), state, ink);
}

/// Paints one bar of any height.
pub(super) fn bar_of(
    svg: &mut SvgWriter<'_>,
    (left, top): (f64, f64),
    (width, bar): (f64, f64),
    state: BarState,
    BarInk { colour: hue, opacity }: BarInk,
) {
    let mut within = |share: f64| {
        let height = bar * share;
        svg.rect((left, top + (bar - height) / 2.0), (width, height), hue, opacity);
    };
    match state {
        BarState::Phase(Phase::Compute) => within(1.0),
        BarState::Phase(Phase::Wait) => within(0.34),
        BarState::Phase(Phase::File) => within(0.6),
        BarState::Phase(Phase::OwnCode) => within(0.86),
        BarState::Phase(Phase::Http) => {
            within(0.34);
            if width >= 8.0 {
                let cap = (1.6, bar * 0.86);
                let y = top + bar * 0.07;
                svg.rect((left, y), cap, hue, opacity);
                svg.rect((left + width - cap.0, y), cap, hue, opacity);
            }
        }
        BarState::Phase(Phase::LockWait) => svg.hatch((left, top), (width, bar), Colour::Secondary, true),
        BarState::Phase(Phase::Payload) => {
            svg.rect((left, top + bar * 0.1), (width, bar * 0.8), hue, 0.55 * opacity);
        }
        BarState::Phase(Phase::Transfer) => {
            let (height, mut at) = (bar * 0.34, 0.0);
            // A long bar has longer dashes, so that their number is bounded.
            let dash = (width / MOST_DASHES).max(3.0);
            while at < width {
                let length = dash.min(width - at);
                svg.rect((left + at, top + (bar - height) / 2.0), (length, height), hue, opacity);
                at += dash * 1.7;
            }
        }
        BarState::GilWait => {
            svg.rect((left, top), (width, bar), Colour::Background, 1.0);
            svg.hatch((left, top), (width, bar), Colour::Family(Family::SubInterpreters), false);
        }
        BarState::Queue => {
            let middle = top + bar / 2.0;
            svg.dotted((left, middle), (left + width, middle), Colour::Queue);
        }
    }
}
