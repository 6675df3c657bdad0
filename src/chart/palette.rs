//! Colours of plots in both themes, as `0xRRGGBB`. The window's theme adds those of controls.

/// Colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colours {
    /// Background of the plot.
    pub background: u32,
    /// Background of a part of it.
    pub raised: u32,
    /// Thin lines of grids and tables.
    pub hairline: u32,
    /// Main text.
    pub text: u32,
    /// Secondary text.
    pub secondary: u32,
    /// Tertiary text.
    pub tertiary: u32,
    /// Links.
    pub accent: u32,
    /// Caveats.
    pub caveat: u32,
    /// Time that belongs to no model.
    pub queue: u32,
    /// Hues of the model families, in the order of `Family`.
    pub families: [u32; 6],
}

/// Dark theme.
pub const DARK: Colours = Colours {
    background: 0x10_13_17,
    raised: 0x1E_24_2C,
    hairline: 0x2A_31_3B,
    text: 0xE6_EA_F0,
    secondary: 0xA7_B2_C1,
    tertiary: 0x85_92_A5,
    accent: 0x4E_A1_FF,
    caveat: 0xE8_B3_39,
    queue: 0x5B_66_75,
    families: [0x8A_91_9B, 0xE8_68_3A, 0xF4_CF_5A, 0x62_B5_F5, 0x3C_CB_9B, 0xB6_5A_D0],
};

/// Light theme.
pub const LIGHT: Colours = Colours {
    background: 0xF6_F7_F9,
    raised: 0xEE_F1_F5,
    hairline: 0xD9_DE_E6,
    text: 0x17_20_2B,
    secondary: 0x4C_58_68,
    tertiary: 0x61_6D_7E,
    accent: 0x0B_66_D6,
    caveat: 0x85_52_00,
    queue: 0x85_91_A1,
    families: [0x7C_85_8E, 0xA8_44_0F, 0xB1_89_04, 0x0E_84_CC, 0x07_5E_48, 0x7A_3A_9A],
};
