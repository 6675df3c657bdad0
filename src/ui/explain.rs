//! A preset's explanation, in Markdown: before the run below its picture, afterwards in a dialog.

use eframe::egui::{CollapsingHeader, OutputCommand, RichText, Ui};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};

use super::view_context::ViewContext;
use super::widgets::text;
use super::{links, theme};
use crate::lab::Command;

/// Heading of what is folded.
const FOLDED: &str = "What to look for, and why: this tells the answer";

/// Draws the explanation before the first run of an experiment. While the question above is open, all but its first
/// paragraph is folded: the rest tells what to expect.
pub fn before(ui: &mut Ui, cx: &mut ViewContext<'_>, is_answered: bool) {
    let palette = theme::palette(ui);
    let explanation = &cx.lab.explained().explanation;
    if explanation.is_empty() {
        return;
    }
    let rect = ui.available_rect_before_wrap();
    ui.painter().hline(rect.x_range(), rect.top(), (1.0, palette.hairline));
    ui.add_space(theme::STEP * 3.0);
    ui.vertical(|ui| {
        ui.set_max_width(ui.available_width().min(680.0));
        text(ui, cx.lab.explained_title(), theme::title(), palette.text);
        ui.add_space(theme::STEP);
        let (shown, folded) = match explanation.split_once("\n\n") {
            // A part of a block of code is none.
            Some((first, rest)) if !is_answered && !first.contains("```") => (first, Some(rest)),
            _ => (&**explanation, None),
        };
        markdown(ui, cx, shown);
        if let Some(folded) = folded {
            let heading = RichText::new(FOLDED).font(theme::body());
            let id = ("explanation", &cx.lab.explained().id);
            CollapsingHeader::new(heading).id_salt(id).show_unindented(ui, |ui| markdown(ui, cx, folded));
        }
    });
    ui.add_space(theme::STEP * 4.0);
}

/// Draws Markdown in the lab's fonts. Links to web pages show their address and ask before they open; other links and
/// pictures become text.
pub fn markdown(ui: &mut Ui, cx: &mut ViewContext<'_>, source: &str) {
    let source = links::without_unsafe_links(source);
    let queued = ui.output(|output| output.commands.len());
    ui.scope(|ui| {
        let palette = theme::palette(ui);
        // Strong text differs only in colour: running text has one weight.
        ui.visuals_mut().widgets.noninteractive.fg_stroke.color = palette.secondary;
        ui.visuals_mut().widgets.active.fg_stroke.color = palette.text;
        ui.style_mut().url_in_tooltip = true;
        ui.style_mut().text_styles.insert(eframe::egui::TextStyle::Body, theme::lead());
        // The cache only holds images and scroll positions, and explanations have neither.
        let mut cache = CommonMarkCache::default();
        // Text is as wide as the widest picture allowed, at least.
        let most = (ui.available_width().max(0.0) as usize).min(600);
        CommonMarkViewer::new().max_image_width(Some(most)).show(ui, &mut cache, &source);
    });
    // A clicked link is not opened at once: the user is asked first.
    let clicked = ui.output_mut(|output| {
        let is_link = |command: &mut OutputCommand| matches!(command, OutputCommand::OpenUrl(_));
        output.commands.extract_if(queued.., is_link).collect::<Vec<_>>()
    });
    for command in clicked {
        if let OutputCommand::OpenUrl(link) = command {
            cx.push(Command::AskLink(link.url));
        }
    }
}
