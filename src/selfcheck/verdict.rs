//! Conclusion from a check.

/// Conclusion from a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The figure is within its limit.
    Supported,
    /// The claim holds with a limitation, or the figure is too uncertain.
    WithCaveat,
    /// The machine can't support the claim.
    NotSupported,
    /// A debug build: its figures say nothing about the lab.
    NotJudged,
}

impl Verdict {
    /// All, the best first.
    pub const ALL: [Self; 4] = [Self::Supported, Self::WithCaveat, Self::NotSupported, Self::NotJudged];

    /// Returns the name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::WithCaveat => "with-caveat",
            Self::NotSupported => "not-supported",
            Self::NotJudged => "not-judged",
        }
    }
}
