//! The look of the parts of a stacked bar: form and shade, so that colour is never alone. Window and files paint the same
//! looks.

use super::bars::bar_of;
use super::description::{BarState, Fill, Ink};
use super::svg_writer::{Colour, SvgWriter};
use crate::analysis::time_budget::Part;
use crate::model::Family;
use crate::trial::Phase;

impl Fill {
    const fn phase(phase: Phase) -> Self {
        Self::State(BarState::Phase(phase))
    }

    /// Returns the look of a part of a time budget.
    #[must_use]
    pub const fn of(part: Part) -> Self {
        match part {
            Part::CoreTasks => Self::Hue { height: 100, opacity: 100 },
            Part::CoreStamps => Self::Solid { ink: Ink::Text, height: 100, opacity: 100 },
            Part::CoreOverhead => Self::Hue { height: 100, opacity: 50 },
            Part::CoreOwn | Part::TaskShared => Self::HatchedHue,
            Part::CoreServer => Self::Solid { ink: Ink::Tertiary, height: 60, opacity: 100 },
            Part::CoreLab => Self::Solid { ink: Ink::Text, height: 34, opacity: 100 },
            Part::CoreOthers => Self::HatchedGrey,
            Part::CoreIdle => Self::Empty,
            Part::CoreRest | Part::TaskRest => Self::Solid { ink: Ink::Secondary, height: 100, opacity: 35 },
            Part::TaskQueue => Self::State(BarState::Queue),
            Part::TaskCompute => Self::phase(Phase::Compute),
            Part::TaskWait => Self::phase(Phase::Wait),
            Part::TaskHttp => Self::phase(Phase::Http),
            Part::TaskFile => Self::phase(Phase::File),
            Part::TaskMemory => Self::Hue { height: 100, opacity: 65 },
            Part::TaskLock => Self::phase(Phase::LockWait),
            Part::TaskGil => Self::State(BarState::GilWait),
            Part::TaskPayload => Self::phase(Phase::Payload),
            Part::TaskTransfer => Self::phase(Phase::Transfer),
            Part::TaskOwnCode => Self::phase(Phase::OwnCode),
        }
    }
}

/// Paints a part.
pub(super) fn paint(
    svg: &mut SvgWriter<'_>,
    (left, top): (f64, f64),
    (width, height): (f64, f64),
    fill: Fill,
    family: Family,
) {
    let mut within = |percent: u8, colour: Colour, opacity: u8| {
        let part = height * f64::from(percent) / 100.0;
        svg.rect((left, top + (height - part) / 2.0), (width, part), colour, f64::from(opacity) / 100.0);
    };
    match fill {
        Fill::State(state) => bar_of(svg, (left, top), (width, height), state, family.into()),
        Fill::Hue { height, opacity } => within(height, Colour::Family(family), opacity),
        Fill::HatchedHue => svg.hatch((left, top), (width, height), Colour::Family(family), true),
        Fill::Solid { ink, height, opacity } => {
            let colour = match ink {
                Ink::Text => Colour::Text,
                Ink::Secondary => Colour::Secondary,
                Ink::Tertiary => Colour::Tertiary,
            };
            within(height, colour, opacity);
        }
        Fill::HatchedGrey => svg.hatch((left, top), (width, height), Colour::Queue, false),
        Fill::Empty => {
            svg.rect((left, top), (width, height), Colour::Raised, 1.0);
            svg.line((left, top + height), (left + width, top + height), Colour::Queue, 1.0, false);
        }
    }
}
