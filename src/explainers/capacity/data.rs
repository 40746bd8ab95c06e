//! The reader's own sheet. It stays here unless a link carries it.

use super::Data;
use super::presets;

/// Bytes of text that a link carries; more than that is cut off on its way by some programs.
const IN_LINK: usize = 6_000;

const KEY: &str = "sheet";

/// The text of a preset is no sheet of the reader's own.
pub fn write(preset: i64, data: &mut Data, text: &str) {
    let own = text.trim_end() != presets::of(preset).text.trim_end();
    data.sheet = own.then(|| text.into());
}

pub fn parts(data: &Data) -> (Vec<(&'static str, String)>, Option<String>) {
    match &data.sheet {
        None => (Vec::new(), None),
        Some(text) if text.len() <= IN_LINK => (vec![(KEY, text.to_string())], None),
        Some(text) => {
            let lines = text.lines().count();
            (Vec::new(), Some(format!("your sheet of {}", crate::explainers::grouped(lines as i64) + " lines")))
        }
    }
}

pub fn from_link(data: &mut Data, key: &str, value: &str) -> Option<Result<(), String>> {
    if key != KEY {
        return None;
    }
    data.sheet = Some(value.into());
    Some(Ok(()))
}
