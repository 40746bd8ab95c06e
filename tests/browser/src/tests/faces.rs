//! The page as others than a reader alone see it: a class, its teacher, whoever has it on paper, the readers of a page
//! that a figure is in. What holds for the page holds for each of these.

use anyhow::Result;
use moving_parts::explainers::Entry;

use crate::page::Page;

pub struct Face {
    pub query: &'static str,
    /// It is there when this is.
    pub shown_by: &'static str,
    /// A key that opens more of it, and what shows that.
    pub more: Option<(&'static str, &'static str)>,
}

pub const FACES: &[Face] = &[
    Face { query: "present", shown_by: ".present-bar", more: None },
    Face { query: "present", shown_by: ".present-bar", more: Some(("?", ".present-help")) },
    Face { query: "present", shown_by: ".present-bar", more: Some(("q", ".present-code svg")) },
    Face { query: "speaker", shown_by: ".notes-page .where", more: None },
    Face { query: "handout", shown_by: ".paper-step", more: None },
    Face { query: "embed", shown_by: ".stage-card .live", more: None },
    Face { query: "embed&controls=all", shown_by: ".stage-card .live", more: None },
];

impl Face {
    /// Opens it with the first question of a lesson; says what it is called.
    pub fn open(&self, page: &Page, entry: &Entry) -> Result<String> {
        let asks = (entry.lessons)().iter().find_map(|lesson| {
            let step = lesson.steps.iter().position(|step| step.ask.is_some())?;
            Some(format!("?lesson={}.{}", lesson.slug, step + 1))
        });
        let fragment = format!("?{}#/{}{}", self.query, entry.meta.slug, asks.unwrap_or_default());
        page.goto(&format!("{}{fragment}", page.url()))?;
        page.wait_for(self.shown_by)?;
        let Some((key, more)) = self.more else { return Ok(fragment) };
        page.key(key)?;
        page.wait_for(more)?;
        Ok(format!("{fragment}, {key}"))
    }
}
