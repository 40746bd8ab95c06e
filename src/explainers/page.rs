//! What an explainer may have besides its picture: a text of lines that the reader edits, a table to take away, and
//! what can be measured on the reader's own machine.

use crate::draw::scene::Subject;
use crate::sim::decimal;
use std::borrow::Cow;

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
    /// Comma-separated (RFC 4180), with a head. Nothing in it is a formula to whoever opens it.
    pub fn csv(&self) -> String {
        let line = |row: &Vec<String>| row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\r\n";
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

fn quoted(cell: &str) -> String {
    let cell = harmless(cell);
    match cell.contains([',', '"', '\n', '\r']) {
        true => ["\"", &cell.replace('"', "\"\""), "\""].concat(),
        false => cell.into_owned(),
    }
}

/// Spreadsheets compute what begins like a formula, whoever wrote it: an apostrophe before it makes it a text.
/// Numbers stay numbers.
fn harmless(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && decimal::parse(cell).is_none() {
        true => Cow::Owned(["'", cell].concat()),
        false => Cow::Borrowed(cell),
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
    use proptest::prelude::*;

    /// Rows of cells, read as RFC 4180 has it.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut inside) = (Vec::new(), Vec::new(), String::new(), false);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if inside && chars.peek() == Some(&'"') => cell.push(chars.next().unwrap_or('"')),
                '"' => inside = !inside,
                ',' if !inside => row.push(std::mem::take(&mut cell)),
                '\r' if !inside && chars.peek() == Some(&'\n') => {
                    chars.next();
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                c => cell.push(c),
            }
        }
        assert!(row.is_empty() && cell.is_empty() && !inside, "every line ends");
        rows
    }

    proptest! {
        #[test]
        fn any_table_is_read_again(
            rows in (1usize..5).prop_flat_map(|n| {
                let cell = prop_oneof!["[ -~]{0,8}", "[=+@\t\r\n,\"x-]{0,5}", ".{0,5}", "-?[0-9]{1,3}(\\.[0-9])?"];
                proptest::collection::vec(proptest::collection::vec(cell, n), 1..5)
            })
        ) {
            let table = Table { head: rows[0].clone(), rows: rows[1..].to_vec() };
            let back = read(&table.csv());
            prop_assert_eq!(back.len(), rows.len());
            for (cell, found) in rows.iter().flatten().zip(back.iter().flatten()) {
                let formula = found.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
                prop_assert!(!formula || decimal::parse(found).is_some(), "{:?} is a formula", found);
                prop_assert!(found == cell || *found == format!("'{cell}"), "{:?} became {:?}", cell, found);
            }
        }
    }

    #[test]
    fn nothing_is_a_formula_and_numbers_are_numbers() {
        for (cell, safe) in
            [("=1+1", "'=1+1"), ("-5", "-5"), ("-5 %", "'-5 %"), ("+3.5", "+3.5"), ("@x", "'@x"), ("a=b", "a=b")]
        {
            assert_eq!(quoted(cell), safe);
        }
    }

    #[test]
    fn tables_are_read_by_others() {
        let of = |cells: &[&str]| cells.iter().map(|cell| cell.to_string()).collect::<Vec<_>>();
        let table = Table { head: of(&["name", "it is"]), rows: vec![of(&["a, b", "\"c\"\nd|e"])] };
        assert_eq!(table.csv(), "name,it is\r\n\"a, b\",\"\"\"c\"\"\nd|e\"\r\n");
        assert_eq!(table.markdown(), "| name | it is |\n| --- | --- |\n| a, b | \"c\" d\\|e |\n");
    }
}
