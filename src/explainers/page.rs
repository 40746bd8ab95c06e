//! What an explainer may have besides its picture: a text of lines that the reader edits, a table to take away, and
//! what can be measured on the reader's own machine.

use crate::draw::scene::Subject;

/// A text of lines, and what each of them gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    pub text: String,
    /// One for each line of the text, in order.
    pub notes: Vec<Note>,
}

/// What a line gives. Everything may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Note {
    /// With its unit: “3,472 posts/s”.
    pub result: String,
    /// As one says it: “about 3,000”.
    pub rough: String,
    /// Where inputs are ranges: “2,900 to 4,100”; empty as well while it is being drawn.
    pub range: String,
    /// The same in as few letters as may be, to stand right behind the result: “2,900–4,100”.
    pub short: String,
    /// How it comes about, as one would write it on a whiteboard.
    pub working: Vec<Piece>,
    pub fault: Option<Fault>,
    /// Why it looks off.
    pub doubt: Option<String>,
    /// What of the picture it is.
    pub subject: Option<Subject>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// A unit that cancels.
    pub struck: bool,
}

/// What is wrong in a line, and where: bytes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fault {
    pub from: usize,
    pub to: usize,
    pub why: String,
}

/// Rows of equal length under a head, for other programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Comma-separated (RFC 4180), with a head.
    pub fn csv(&self) -> String {
        let cell = |cell: &String| match cell.contains([',', '"', '\n', '\r']) {
            true => ["\"", &cell.replace('"', "\"\""), "\""].concat(),
            false => cell.clone(),
        };
        let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n";
        std::iter::once(&self.head).chain(&self.rows).map(line).collect()
    }

    /// A table as GitHub and others read it.
    pub fn markdown(&self) -> String {
        let cell = |cell: &String| cell.replace('|', "\\|").replace(['\n', '\r'], " ");
        let line = |row: &Vec<String>| ["| ", &row.iter().map(cell).collect::<Vec<_>>().join(" | "), " |\n"].concat();
        let rule = ["|", &" --- |".repeat(self.head.len()), "\n"].concat();
        [line(&self.head), rule, self.rows.iter().map(line).collect()].concat()
    }
}

/// Something that the page times on the reader's machine, in a worker.
pub struct Probe {
    pub key: &'static str,
    /// What is timed, once: “one step through 32 KiB”.
    pub title: &'static str,
    pub make: fn() -> Box<dyn Kernel>,
}

/// The work that is timed. It knows no clock.
pub trait Kernel {
    /// Does it so many times. What comes out depends on all of it, so that no compiler leaves any away.
    fn run(&mut self, times: u32) -> u32;
}

/// What was measured: nanoseconds for once; the quartiles and the median of some rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    pub low: f64,
    pub middle: f64,
    pub high: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_by_others() {
        let of = |cells: &[&str]| cells.iter().map(|cell| cell.to_string()).collect::<Vec<_>>();
        let table = Table { head: of(&["name", "it is"]), rows: vec![of(&["a, b", "\"c\"\nd|e"])] };
        assert_eq!(table.csv(), "name,it is\r\n\"a, b\",\"\"\"c\"\"\nd|e\"\r\n");
        assert_eq!(table.markdown(), "| name | it is |\n| --- | --- |\n| a, b | \"c\" d\\|e |\n");
    }
}
