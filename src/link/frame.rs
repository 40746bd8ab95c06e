//! How the page is shown: as itself, as a figure in somebody's page, to a class. It is in the query of the address,
//! `?embed&controls=play,scrub&theme=dark#/quorum`, because it says nothing about the run: the link stays the same.

use super::{Complaint, decode, shorten};
use crate::draw::theme::{Theme, contrast};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Page,
    /// A figure in somebody's page.
    Embed,
    /// A lesson for a class, step by step.
    Present,
    /// The window beside it that only the teacher sees.
    Speaker,
    /// A lesson on paper.
    Handout,
}

const KINDS: [(&str, Kind); 4] =
    [("embed", Kind::Embed), ("present", Kind::Present), ("speaker", Kind::Speaker), ("handout", Kind::Handout)];

/// The parts of the page that a figure can have besides its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Show(u16);

impl Show {
    pub const NONE: Show = Show(0);
    pub const PLAY: Show = Show(1);
    pub const SCRUB: Show = Show(1 << 1);
    /// Event by event.
    pub const STEP: Show = Show(1 << 2);
    pub const SPEED: Show = Show(1 << 3);
    pub const RESTART: Show = Show(1 << 4);
    /// What the reader can do to the run.
    pub const ACTIONS: Show = Show(1 << 5);
    pub const CAPTION: Show = Show(1 << 6);
    pub const LESSON: Show = Show(1 << 7);
    pub const SETTINGS: Show = Show(1 << 8);
    pub const FIGURES: Show = Show(1 << 9);
    pub const CHECKS: Show = Show(1 << 10);
    pub const CHARTS: Show = Show(1 << 11);
    /// The text that the reader of a calculator edits.
    pub const TEXT: Show = Show(1 << 12);
    /// The line that names the figure and leads to its page.
    pub const TITLE: Show = Show(1 << 13);
    pub const ALL: Show = Show((1 << 14) - 1);
    /// What a figure has if it does not say.
    pub const USUAL: Show =
        Show(Self::PLAY.0 | Self::SCRUB.0 | Self::CAPTION.0 | Self::LESSON.0 | Self::TEXT.0 | Self::TITLE.0);
    /// The row below the picture with which one moves in time.
    pub const TRANSPORT: Show = Show(Self::PLAY.0 | Self::SCRUB.0 | Self::STEP.0 | Self::SPEED.0 | Self::RESTART.0);

    /// Whether it has any of these.
    pub fn any(self, of: Show) -> bool {
        self.0 & of.0 != 0
    }

    pub fn bits(self) -> u16 {
        self.0
    }

    pub fn of_bits(bits: u16) -> Show {
        Show(bits & Self::ALL.0)
    }

    pub fn with(self, more: Show, on: bool) -> Show {
        Show(if on { self.0 | more.0 } else { self.0 & !more.0 })
    }
}

/// The words in `controls=`, and what each is in the page's own words.
pub const CONTROLS: [(&str, Show, &str); 14] = [
    ("play", Show::PLAY, "play and pause"),
    ("scrub", Show::SCRUB, "time line"),
    ("step", Show::STEP, "event by event"),
    ("speed", Show::SPEED, "speed"),
    ("restart", Show::RESTART, "start over"),
    ("actions", Show::ACTIONS, "actions"),
    ("caption", Show::CAPTION, "caption"),
    ("lesson", Show::LESSON, "lesson"),
    ("settings", Show::SETTINGS, "settings"),
    ("figures", Show::FIGURES, "figures"),
    ("checks", Show::CHECKS, "checks"),
    ("charts", Show::CHARTS, "charts"),
    ("text", Show::TEXT, "the text of a calculator"),
    ("title", Show::TITLE, "title, with a link to the page"),
];

#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub kind: Kind,
    pub show: Show,
    /// None: as the reader has it.
    pub theme: Option<Theme>,
    /// The colour of what can be pressed, as `#rrggbb`.
    pub accent: Option<String>,
    /// Only these steps of the lesson, counted from 1.
    pub steps: Option<(usize, usize)>,
    pub autoplay: bool,
    pub again: bool,
    /// The host's page fixed the height: the picture takes what there is.
    pub fit: bool,
}

impl Default for Frame {
    fn default() -> Frame {
        Frame {
            kind: Kind::Page,
            show: Show::ALL,
            theme: None,
            accent: None,
            steps: None,
            autoplay: false,
            again: false,
            fit: false,
        }
    }
}

/// Reads the query of an address, with or without its `?`. What is not ours, such as a host's own marks, is passed over.
pub fn read(query: &str) -> (Frame, Vec<Complaint>) {
    let mut frame = Frame::default();
    let mut bad = Vec::new();
    let mut controls = None;
    for part in query.trim_start_matches('?').split('&') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = decode(value);
        let mut wrong = |why: String| bad.push(Complaint::new(shorten(&decode(part)), why));
        match key {
            "controls" => controls = Some(shown(&value, &mut wrong)),
            "theme" => match value.as_str() {
                "light" => frame.theme = Some(Theme::Light),
                "dark" => frame.theme = Some(Theme::Dark),
                "auto" | "" => frame.theme = None,
                _ => wrong("light, dark or auto was expected".into()),
            },
            "accent" => match colour(&value) {
                Some(colour) => frame.accent = Some(colour),
                None => wrong("a colour of six digits was expected, such as 0072b2".into()),
            },
            "steps" => match range(&value) {
                Some(steps) => frame.steps = Some(steps),
                None => wrong("a step or a range of steps was expected, such as 2-5".into()),
            },
            "autoplay" => frame.autoplay = value != "0",
            "loop" => frame.again = value != "0",
            "fit" => frame.fit = value != "0",
            _ => {
                if let Some((_, kind)) = KINDS.iter().find(|(word, _)| *word == key) {
                    frame.kind = *kind;
                }
            }
        }
    }
    if frame.kind == Kind::Embed {
        frame.show = controls.unwrap_or(Show::USUAL);
    }
    (frame, bad)
}

/// The query of a figure's address, with its `?`.
pub fn write(frame: &Frame) -> String {
    let mut parts: Vec<String> =
        KINDS.iter().filter(|(_, kind)| *kind == frame.kind).map(|(word, _)| word.to_string()).collect();
    if frame.kind == Kind::Embed && frame.show != Show::USUAL {
        parts.push(format!("controls={}", words(frame.show)));
    }
    if let Some(theme) = frame.theme {
        parts.push(format!("theme={}", if theme == Theme::Dark { "dark" } else { "light" }));
    }
    if let Some(accent) = &frame.accent {
        parts.push(format!("accent={}", accent.trim_start_matches('#')));
    }
    if let Some((first, last)) = frame.steps {
        parts.push(format!("steps={first}-{last}"));
    }
    for (word, on) in [("autoplay", frame.autoplay), ("loop", frame.again), ("fit", frame.fit)] {
        if on {
            parts.push(word.into());
        }
    }
    if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
}

/// As in `controls=`.
pub fn words(show: Show) -> String {
    match show {
        Show::ALL => "all".into(),
        Show::NONE => "none".into(),
        _ => {
            let named = CONTROLS.iter().filter(|(_, control, _)| show.any(*control)).map(|(word, _, _)| *word);
            named.collect::<Vec<_>>().join(",")
        }
    }
}

fn shown(value: &str, wrong: &mut impl FnMut(String)) -> Show {
    let mut show = Show::NONE;
    for word in value.split([',', ' ']).filter(|word| !word.is_empty()) {
        match word {
            "all" => show = Show::ALL,
            "none" => show = Show::NONE,
            _ => match CONTROLS.iter().find(|(name, _, _)| *name == word) {
                Some((_, control, _)) => show = show.with(*control, true),
                None => {
                    let names: Vec<&str> = CONTROLS.iter().map(|(name, _, _)| *name).collect();
                    wrong(format!("there is no control “{}”; there are {}", shorten(word), names.join(", ")));
                }
            },
        }
    }
    show
}

/// Six digits or three, with or without `#`; always given as `#rrggbb`, so that nothing else gets into a style.
fn colour(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    match digits.len() {
        6 => Some(format!("#{digits}")),
        3 => Some(format!("#{}", digits.chars().flat_map(|digit| [digit, digit]).collect::<String>())),
        _ => None,
    }
}

/// Dark or light text, whichever is easier to read on a colour.
pub fn readable_on(colour: &str) -> &'static str {
    let value = u32::from_str_radix(colour.trim_start_matches('#'), 16).unwrap_or(0);
    let [_, r, g, b] = value.to_be_bytes();
    let against = |other| contrast([r, g, b], other);
    if against([255; 3]) >= against([0; 3]) { "#ffffff" } else { "#000000" }
}

fn range(text: &str) -> Option<(usize, usize)> {
    let (first, last) = text.split_once(['-', '–']).unwrap_or((text, text));
    let step = |text: &str| text.trim().parse::<usize>().ok().filter(|step| (1..=99).contains(step));
    let (first, last) = (step(first)?, step(last)?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_figure_by_hand() {
        let (frame, bad) = read("?embed&controls=play,scrub&theme=dark&accent=0af&steps=2-5&utm_source=x&loop");
        assert_eq!(bad, []);
        assert_eq!((frame.kind, frame.theme), (Kind::Embed, Some(Theme::Dark)));
        assert!(frame.show.any(Show::PLAY) && frame.show.any(Show::SCRUB) && !frame.show.any(Show::CAPTION));
        assert_eq!((frame.accent.as_deref(), frame.steps), (Some("#00aaff"), Some((2, 5))));
        assert!(frame.again && !frame.autoplay);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let (frame, bad) = read("embed&controls=play,fly&theme=pink&accent=red;x&steps=5-2");
        let parts: Vec<&str> = bad.iter().map(|bad| bad.part.as_str()).collect();
        assert_eq!(parts, ["controls=play,fly", "theme=pink", "accent=red;x", "steps=5-2"]);
        assert_eq!(frame, Frame { kind: Kind::Embed, show: Show::PLAY, ..Frame::default() });
    }

    #[test]
    fn the_page_itself_has_everything() {
        assert_eq!(read("").0, Frame::default());
        assert_eq!(read("?controls=none").0.show, Show::ALL, "only a figure leaves something out");
        assert_eq!(read("?embed").0.show, Show::USUAL);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(
            kind in 0..5usize, show in 0..(1u16 << 14), dark in any::<Option<bool>>(), accent in "#[0-9a-f]{6}",
            steps in proptest::option::of((1..9usize, 0..9usize)), flags in any::<[bool; 3]>(),
        ) {
            let kind = [Kind::Page, Kind::Embed, Kind::Present, Kind::Speaker, Kind::Handout][kind];
            let frame = Frame {
                kind,
                show: if kind == Kind::Embed { Show::of_bits(show) } else { Show::ALL },
                theme: dark.map(|dark| if dark { Theme::Dark } else { Theme::Light }),
                accent: Some(accent),
                steps: steps.map(|(first, more)| (first, first + more)),
                autoplay: flags[0], again: flags[1], fit: flags[2],
            };
            prop_assert_eq!(read(&write(&frame)), (frame, vec![]));
        }

        // Of black and white one always reaches 4.5:1.
        #[test]
        fn text_on_an_accent_can_be_read(r: u8, g: u8, b: u8) {
            let on = if readable_on(&format!("#{r:02x}{g:02x}{b:02x}")) == "#ffffff" { [255; 3] } else { [0; 3] };
            prop_assert!(contrast([r, g, b], on) >= 4.5);
        }

        #[test]
        fn any_query_is_read(query in ".*") {
            let _ = read(&query);
        }
    }
}
