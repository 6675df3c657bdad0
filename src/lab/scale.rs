//! The size of the window's contents, as a share of the system's. Draws nothing.

/// A size to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scale(u16);

impl Default for Scale {
    fn default() -> Self {
        Self(100)
    }
}

impl Scale {
    /// Sizes to choose from, in ascending order.
    pub const ALL: [Self; 8] = [Self(80), Self(90), Self(100), Self(110), Self(125), Self(150), Self(175), Self(200)];

    /// Least size during a presentation.
    pub const PRESENTATION: Self = Self(150);

    /// Returns the size in percent, also the stored value.
    #[must_use]
    pub const fn percent(self) -> u16 {
        self.0
    }

    /// Returns the size as a factor.
    #[must_use]
    pub fn factor(self) -> f32 {
        f32::from(self.0) / 100.0
    }

    /// Returns the label in the menu: "150 %".
    #[must_use]
    pub fn title(self) -> String {
        format!("{} %", self.0)
    }

    /// Returns the size that was stored as this text; `None` if there is no such size.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        let percent: u16 = text.parse().ok()?;
        Self::ALL.into_iter().find(|scale| scale.0 == percent)
    }

    /// Returns the next larger size; `None` for the largest.
    #[must_use]
    pub fn larger(self) -> Option<Self> {
        Self::ALL.into_iter().find(|other| *other > self)
    }

    /// Returns the next smaller size; `None` for the smallest.
    #[must_use]
    pub fn smaller(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|other| *other < self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_go_step_by_step_to_both_ends_and_are_stored_in_percent() {
        let up: Vec<u16> =
            std::iter::successors(Some(Scale::default()), |scale| scale.larger()).map(Scale::percent).collect();
        assert_eq!(up, [100, 110, 125, 150, 175, 200]);
        let down: Vec<u16> =
            std::iter::successors(Some(Scale::default()), |scale| scale.smaller()).map(Scale::percent).collect();
        assert_eq!(down, [100, 90, 80]);
        for scale in Scale::ALL {
            assert_eq!(Scale::stored(&scale.percent().to_string()), Some(scale));
        }
        assert_eq!((Scale::stored("130"), Scale::stored("large")), (None, None));
    }
}
