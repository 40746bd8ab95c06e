//! What an author copies to put a figure into a page of their own.

use super::frame::{self, Frame, Show};
use crate::draw::theme::Theme;

/// A figure as it is shared.
pub struct Figure<'a> {
    /// The address of the page, without query and fragment.
    pub page: &'a str,
    pub slug: &'a str,
    /// With its `#`.
    pub fragment: &'a str,
    pub title: &'a str,
    pub frame: &'a Frame,
    /// Fixed, in CSS pixels; none: as high as what is in it.
    pub height: Option<u32>,
    /// In CSS pixels; none: as wide as its place.
    pub width: Option<u32>,
}

/// Without a script nobody tells the height: this is what the usual parts need at 720 px of width.
const USUAL_HEIGHT: u32 = 640;

impl Figure<'_> {
    /// The folder that the page is in, with its `/`.
    fn folder(&self) -> &str {
        self.page.rsplit_once('/').map_or("", |(folder, _)| &self.page[..folder.len() + 1])
    }

    /// The page with what was set up, for a reader.
    pub fn address(&self) -> String {
        format!("{}{}", self.page, self.fragment)
    }

    /// The figure alone.
    pub fn source(&self) -> String {
        let fit = Frame { fit: self.height.is_some(), ..self.frame.clone() };
        format!("{}{}{}", self.page, frame::write(&fit), self.fragment)
    }

    /// For a page that takes no scripts.
    pub fn iframe(&self) -> String {
        let width = self.width.map_or("100%".to_string(), |width| width.to_string());
        format!(
            "<iframe src=\"{}\" title=\"{}\" width=\"{width}\" height=\"{}\" loading=\"lazy\" allow=\"fullscreen\" \
             style=\"border: 0; max-width: 100%\"></iframe>",
            escaped(&self.source()),
            escaped(self.title),
            self.height.unwrap_or(USUAL_HEIGHT),
        )
    }

    /// For a page that may load `embed.js`.
    pub fn element(&self) -> String {
        let params = self.fragment.split_once('?').map_or("", |(_, params)| params);
        let mut parts = vec![("explainer", self.slug.to_string())];
        let frame = self.frame;
        if !params.is_empty() {
            parts.push(("params", params.into()));
        }
        if frame.show != Show::USUAL {
            parts.push(("controls", frame::words(frame.show)));
        }
        if let Some(theme) = frame.theme {
            parts.push(("theme", if theme == Theme::Dark { "dark" } else { "light" }.into()));
        }
        parts.extend(frame.accent.iter().map(|accent| ("accent", accent.clone())));
        parts.extend(frame.steps.map(|(first, last)| ("steps", format!("{first}-{last}"))));
        parts.extend(self.height.map(|height| ("height", height.to_string())));
        let mut attributes: String =
            parts.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
        for (name, on) in [("autoplay", frame.autoplay), ("loop", frame.again)] {
            if on {
                attributes += &format!(" {name}");
            }
        }
        let width = self.width.map_or(String::new(), |width| format!(" style=\"max-width: {width}px\""));
        format!(
            "<script src=\"{}embed.js\" async></script>\n<moving-parts{attributes}{width}></moving-parts>",
            escaped(self.folder())
        )
    }

    /// For a place that shows a picture and a link, and nothing that moves. `picture`: a file beside the text; none: the
    /// explainer's card, from where the page is.
    pub fn markdown(&self, picture: Option<&str>) -> String {
        let title: String = self.title.chars().filter(|letter| !"[]\\`".contains(*letter)).collect();
        // Brackets would end the address early.
        let address = self.address().replace('(', "%28").replace(')', "%29").replace(' ', "%20");
        let card = || format!("{}cards/{}.png", self.folder(), self.slug);
        format!("[![{title}]({})]({address})", picture.map_or_else(card, String::from))
    }
}

/// Text inside an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::frame::Kind;

    fn frame() -> Frame {
        Frame { kind: Kind::Embed, show: Show::USUAL, theme: Some(Theme::Dark), ..Frame::default() }
    }

    #[test]
    fn nothing_in_a_link_ends_its_attribute() {
        let frame = frame();
        let figure = Figure {
            page: "https://example.org/parts/quorum.html",
            slug: "quorum",
            fragment: "#/quorum?n=3&do=1s:write(1,\"><script>)",
            title: "R & W \"<b>",
            frame: &frame,
            height: Some(400),
            width: None,
        };
        for code in [figure.iframe(), figure.element()] {
            assert!(!code.contains("><script>"), "{code}");
            assert!(code.contains("&amp;do=1s:write(1,&quot;&gt;&lt;script&gt;)"), "{code}");
        }
        assert!(
            figure
                .iframe()
                .contains("src=\"https://example.org/parts/quorum.html?embed&amp;theme=dark&amp;fit#/quorum")
        );
        assert!(figure.element().starts_with("<script src=\"https://example.org/parts/embed.js\" async></script>\n"));
        assert!(figure.element().contains(" explainer=\"quorum\" params=\"n=3&amp;"));
        for picture in [None, Some("quorum-5.0ms.png")] {
            let code = figure.markdown(picture);
            assert_eq!(code.matches(')').count(), 2, "{code}");
            assert!(code.contains(picture.unwrap_or("(https://example.org/parts/cards/quorum.png)")), "{code}");
        }
    }
}
