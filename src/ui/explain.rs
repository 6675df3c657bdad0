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
        let parts = first_paragraph(explanation).filter(|_| !is_answered);
        markdown(ui, cx, parts.as_ref().map_or(explanation, |(shown, _)| shown));
        if let Some((_, folded)) = parts {
            let heading = RichText::new(FOLDED).font(theme::body());
            let id = ("explanation", &cx.lab.explained().id);
            CollapsingHeader::new(heading).id_salt(id).show_unindented(ui, |ui| markdown(ui, cx, &folded));
        }
    });
    ui.add_space(theme::STEP * 4.0);
}

/// Splits a text behind its first paragraph, which keeps the addresses of links and footnotes that are defined further
/// below. `None` for one paragraph, and for a text that begins with something else.
fn first_paragraph(text: &str) -> Option<(String, String)> {
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty());
    let first: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().is_empty()).collect();
    let rest: Vec<&str> = lines.collect();
    let is_paragraph =
        first.first()?.starts_with(|letter: char| letter.is_alphanumeric() || "*_[\"(`".contains(letter));
    let is_whole =
        !first.iter().any(|line| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~"));
    if !is_paragraph || !is_whole || rest.iter().all(|line| line.trim().is_empty()) {
        return None;
    }
    let is_definition = |line: &&&str| line.trim_start().starts_with('[') && line.contains("]:");
    let definitions = rest.iter().filter(is_definition).copied();
    let shown: Vec<&str> = first.into_iter().chain([""]).chain(definitions).collect();
    Some((shown.join("\n"), rest.join("\n")))
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

#[cfg(test)]
mod tests {
    use super::first_paragraph;

    #[test]
    fn a_text_is_split_behind_its_first_paragraph() {
        let split = |text: &str| first_paragraph(text);
        let two = Some(("One\nline.\n".to_owned(), "**Why.** Two.".to_owned()));
        assert_eq!(split("One\nline.\n\n**Why.** Two."), two);
        assert_eq!(split("\r\nOne\r\nline.\r\n \r\n**Why.** Two.\r\n"), two);
        let (shown, _) = split("See [it][1].\n\nWhy.\n\n[1]: https://example.org").expect("two paragraphs");
        assert!(shown.ends_with("[1]: https://example.org"), "{shown}");
        for whole in ["One.", "One.\n\n \n", "", "# Heading\n\nText.", "```\nlet a;\n\nlet b;\n```\n\nText."] {
            assert_eq!(split(whole), None, "{whole:?}");
        }
    }
}
