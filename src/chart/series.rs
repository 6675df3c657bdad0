//! The look of one model in a chart: its title, hue and mark.

use crate::model::{Contender, Family};
use crate::printable;

/// Shape of a mark. Models of one family have one hue, and differ by their shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// First of its family.
    Circle,
    /// Second.
    Square,
    /// Third.
    Diamond,
    /// Fourth; then they repeat.
    Triangle,
}

/// Title, hue and mark of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Title of the model.
    pub title: String,
    /// Family, which decides the hue.
    pub family: Family,
    /// True for a hollow mark: a Python model.
    pub hollow: bool,
    /// Shape of the mark.
    pub shape: Shape,
}

impl Series {
    /// Returns the series of the models of a run, in their order.
    #[must_use]
    pub fn of(models: &[Contender]) -> Vec<Self> {
        const SHAPES: [Shape; 4] = [Shape::Circle, Shape::Square, Shape::Diamond, Shape::Triangle];
        let mut all: Vec<Self> = Vec::new();
        for contender in models {
            let (family, hollow) = (contender.model.info().family, contender.host.is_python());
            let before = all.iter().filter(|one| one.family == family && one.hollow == hollow).count();
            let title = printable::line(&contender.title()).into_owned();
            all.push(Self { title, family, hollow, shape: SHAPES[before % SHAPES.len()] });
        }
        all
    }
}
