//! Design tokens: colours, type sizes, spacing, fonts. Those of plots come from `chart::palette`; no other file defines
//! any.

#[cfg(test)]
mod colour_science;

use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle, Vec2,
    Visuals,
};

use crate::chart::{ColourKey, KeyInk, palette};
use crate::lab::scale::Scale;
use crate::lab::view::Theme;
use crate::model::Family;

/// The colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Background of the window.
    pub background: Color32,
    /// Background of bars and the left panel.
    pub panel: Color32,
    /// Background of controls and selected rows.
    pub raised: Color32,
    /// Thin separating lines.
    pub hairline: Color32,
    /// Main text.
    pub text: Color32,
    /// Secondary text.
    pub secondary: Color32,
    /// Tertiary text.
    pub tertiary: Color32,
    /// Main buttons and the focus ring.
    pub accent: Color32,
    /// Text on the accent colour.
    pub on_accent: Color32,
    /// Caveats.
    pub caveat: Color32,
    /// Queueing, on the timeline.
    pub queue: Color32,
    /// Waiting for a lock, hatched.
    pub lock_wait: Color32,
    /// Failures.
    pub failure: Color32,
    families: [Color32; 6],
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const fn families(colours: &palette::Colours) -> [Color32; 6] {
    let [a, b, c, d, e, f] = colours.families;
    [rgb(a), rgb(b), rgb(c), rgb(d), rgb(e), rgb(f)]
}

/// Dark theme.
pub const DARK: Palette = Palette {
    background: rgb(palette::DARK.background),
    panel: rgb(0x0017_1B21),
    raised: rgb(palette::DARK.raised),
    hairline: rgb(palette::DARK.hairline),
    text: rgb(palette::DARK.text),
    secondary: rgb(palette::DARK.secondary),
    tertiary: rgb(palette::DARK.tertiary),
    accent: rgb(palette::DARK.accent),
    on_accent: rgb(0x0008_131F),
    caveat: rgb(palette::DARK.caveat),
    queue: rgb(palette::DARK.queue),
    lock_wait: rgb(0x00E2_504A),
    failure: rgb(0x00F0_625C),
    families: families(&palette::DARK),
};

/// Light theme.
pub const LIGHT: Palette = Palette {
    background: rgb(palette::LIGHT.background),
    panel: rgb(0x00FF_FFFF),
    raised: rgb(palette::LIGHT.raised),
    hairline: rgb(palette::LIGHT.hairline),
    text: rgb(palette::LIGHT.text),
    secondary: rgb(palette::LIGHT.secondary),
    tertiary: rgb(palette::LIGHT.tertiary),
    accent: rgb(palette::LIGHT.accent),
    on_accent: rgb(0x00FF_FFFF),
    caveat: rgb(palette::LIGHT.caveat),
    queue: rgb(palette::LIGHT.queue),
    lock_wait: rgb(0x00C2_2F2A),
    failure: rgb(0x00C4_1E4A),
    families: families(&palette::LIGHT),
};

impl Palette {
    /// Returns the hue of a family, the same in every plot.
    #[must_use]
    pub const fn family(&self, family: Family) -> Color32 {
        match family {
            Family::Sequential => self.families[0],
            Family::Threads => self.families[1],
            Family::Pools => self.families[2],
            Family::EventLoops => self.families[3],
            Family::Processes => self.families[4],
            Family::SubInterpreters => self.families[5],
        }
    }
}

impl Palette {
    /// Returns the shade of a core's usage, 0 to 1, where many cores have no room for bars.
    #[must_use]
    pub fn usage(&self, share: f32) -> Color32 {
        self.raised.lerp_to_gamma(self.text, share)
    }

    /// Returns the colour of what a task's colour stands for.
    #[must_use]
    pub fn key(&self, key: ColourKey) -> Color32 {
        match key.ink() {
            KeyInk::Hue(family, opacity) => self.family(family).gamma_multiply(opacity),
            KeyInk::Tertiary => self.tertiary,
            KeyInk::Queue => self.queue,
        }
    }
}

/// Returns the palette of the current theme.
#[must_use]
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// Unit of spacing, in points.
pub const STEP: f32 = 4.0;
/// Width of the left panel.
pub const PANEL_WIDTH: f32 = 292.0;
/// Corner radius of marks.
pub const MARK_CORNER: u8 = 2;
/// Corner radius of controls.
pub const CORNER: u8 = 5;
/// Diameter of a trial's dot.
pub const DOT: f32 = 6.0;

const MEDIUM: &str = "medium";
const SEMIBOLD: &str = "semibold";

fn named(family: &'static str, size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(family.into()))
}

/// Font of the finding.
#[must_use]
pub fn headline() -> FontId {
    named(SEMIBOLD, 22.0)
}

/// Font of titles of windows and sections.
#[must_use]
pub fn title() -> FontId {
    named(SEMIBOLD, 15.0)
}

/// Font of the line below the finding.
#[must_use]
pub fn lead() -> FontId {
    FontId::proportional(13.5)
}

/// Font of names and buttons.
#[must_use]
pub fn strong() -> FontId {
    named(MEDIUM, 13.0)
}

/// Font of running text.
#[must_use]
pub fn body() -> FontId {
    FontId::proportional(13.0)
}

/// Secondary text.
#[must_use]
pub fn note() -> FontId {
    FontId::proportional(12.0)
}

/// Font of axis labels and column heads.
#[must_use]
pub fn small() -> FontId {
    FontId::proportional(11.0)
}

/// Font of headings in the left panel.
#[must_use]
pub fn overline() -> FontId {
    named(SEMIBOLD, 11.0)
}

/// Font of figures in columns, and of code.
#[must_use]
pub fn figures() -> FontId {
    FontId::monospace(12.0)
}

/// Installs fonts and both themes in a context. Called once, at the start.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    for (theme, palette) in [(egui::Theme::Dark, &DARK), (egui::Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| apply(style, palette));
    }
}

/// Applies the user's choice of theme.
pub fn choose(ctx: &egui::Context, theme: Theme) {
    let preference = match theme {
        Theme::System => egui::ThemePreference::System,
        Theme::Light => egui::ThemePreference::Light,
        Theme::Dark => egui::ThemePreference::Dark,
    };
    if ctx.options(|options| options.theme_preference) != preference {
        ctx.set_theme(preference);
    }
}

/// Applies the user's choice of size. The keys for it are in the table of actions, not egui's own.
pub fn scale(ctx: &egui::Context, scale: Scale) {
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    ctx.set_zoom_factor(scale.factor());
}

/// Lets the text cursor blink, or not: blinking takes two frames a second.
pub fn blink(ctx: &egui::Context, blinks: bool) {
    if ctx.global_style().visuals.text_cursor.blink != blinks {
        ctx.all_styles_mut(|style| style.visuals.text_cursor.blink = blinks);
    }
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let files: [(&str, &'static [u8]); 5] = [
        ("regular", include_bytes!("../../../assets/fonts/NotoSans-Regular.ttf")),
        (MEDIUM, include_bytes!("../../../assets/fonts/NotoSans-Medium.ttf")),
        (SEMIBOLD, include_bytes!("../../../assets/fonts/NotoSans-SemiBold.ttf")),
        ("mono", include_bytes!("../../../assets/fonts/NotoSansMono-Regular.ttf")),
        ("math", include_bytes!("../../../assets/fonts/NotoSansMath-Regular.ttf")),
    ];
    for (name, bytes) in files {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let families = [
        (FontFamily::Proportional, "regular"),
        (FontFamily::Name(MEDIUM.into()), MEDIUM),
        (FontFamily::Name(SEMIBOLD.into()), SEMIBOLD),
        (FontFamily::Monospace, "mono"),
    ];
    for (family, first) in families {
        let stack = [first, "math", "mono"].into_iter().map(str::to_owned).collect();
        fonts.families.insert(family, stack);
    }
    fonts
}

fn apply(style: &mut egui::Style, palette: &Palette) {
    style.text_styles = [
        (TextStyle::Small, small()),
        (TextStyle::Body, body()),
        (TextStyle::Monospace, figures()),
        (TextStyle::Button, strong()),
        (TextStyle::Heading, title()),
    ]
    .into();
    style.drag_value_text_style = TextStyle::Body;
    style.animation_time = 0.0;
    style.url_in_tooltip = false;
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 8.0);
    spacing.button_padding = Vec2::new(12.0, 6.0);
    spacing.interact_size = Vec2::new(40.0, 28.0);
    spacing.combo_width = 120.0;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 10.0;
    spacing.slider_rail_height = 4.0;
    spacing.menu_margin = Margin::same(8);
    spacing.window_margin = Margin::same(20);
    spacing.tooltip_width = 360.0;
    spacing.scroll = egui::style::ScrollStyle::solid();
    spacing.scroll.fade.strength = 0.0;
    spacing.scroll.bar_width = 8.0;
    spacing.scroll.bar_inner_margin = 2.0;
    spacing.scroll.bar_outer_margin = 2.0;
    style.interaction.selectable_labels = true;
    style.interaction.tooltip_delay = 0.3;
    style.visuals = visuals(palette);
}

fn visuals(palette: &Palette) -> Visuals {
    let mut visuals = if *palette == DARK { Visuals::dark() } else { Visuals::light() };
    let corner = CornerRadius::same(CORNER);
    visuals.panel_fill = palette.background;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.hairline);
    visuals.window_corner_radius = CornerRadius::same(6);
    visuals.menu_corner_radius = CornerRadius::same(6);
    visuals.extreme_bg_color = palette.background;
    visuals.text_edit_bg_color = Some(palette.raised);
    visuals.faint_bg_color = palette.raised;
    visuals.code_bg_color = palette.raised;
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.caveat;
    visuals.error_fg_color = palette.lock_wait;
    visuals.weak_text_color = Some(palette.secondary);
    // The chosen entry of a list is written in the accent on it.
    visuals.selection.bg_fill = palette.accent.gamma_multiply(0.2);
    visuals.selection.stroke = Stroke::new(1.5, palette.accent);
    visuals.slider_trailing_fill = true;
    visuals.disabled_alpha = 0.55;
    visuals.interact_cursor = None;

    let widgets = &mut visuals.widgets;
    for state in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        state.corner_radius = corner;
        state.expansion = 0.0;
        // Rails, boxes and rings of controls differ slightly from their surface, to be visible on it.
        state.bg_fill = palette.hairline;
        state.weak_bg_fill = palette.raised;
        state.bg_stroke = Stroke::new(1.0, palette.hairline);
        state.fg_stroke = Stroke::new(1.0, palette.text);
    }
    widgets.noninteractive.weak_bg_fill = palette.panel;
    widgets.hovered.bg_stroke = Stroke::new(1.0, palette.tertiary);
    // Also the focus ring of a widget.
    widgets.active.bg_stroke = Stroke::new(2.0, palette.accent);
    visuals
}
