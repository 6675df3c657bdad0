//! A model in the plots, legend and tables of the distribution view.

use crate::model::Contender;
use crate::ui::plot::SeriesStyle;

/// A model with its style and whether the plots show it.
pub struct Series {
    pub contender: Contender,
    pub style: SeriesStyle,
    pub shown: bool,
}
