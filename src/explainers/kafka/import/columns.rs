//! Tables as Kafka's tools print them: columns padded with spaces, known by the words of their header. Versions differ in
//! which columns there are and in what order; fields may be blank (the instance id of a dynamic member), or have spaces
//! in them (a client id, the assignment of Kafka 2 and 3).

use crate::link::shorten;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Group,
    Topic,
    Partition,
    Committed,
    End,
    Lag,
    Member,
    Instance,
    Host,
    Client,
    /// #PARTITIONS
    Count,
    Assignment,
    /// A member's epoch (KIP-848).
    Epoch,
    Coordinator,
    Strategy,
    State,
    GroupEpoch,
    /// #MEMBERS
    Members,
    /// A number that nothing here needs.
    Number,
    /// Anything else.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// `--describe`, also `--offsets`.
    Offsets,
    /// `--describe --members`
    Members,
    /// `--describe --state`
    State,
    /// A table of one of the tools that does not describe a group.
    Other,
}

/// A header: its columns, each with the place of its first character.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    pub listing: Listing,
    columns: Vec<(Column, usize)>,
}

/// As Kafka writes “nothing”.
pub fn missing(text: &str) -> bool {
    matches!(text, "" | "-" | "none" | "N/A" | "null")
}

fn column(word: &str) -> Option<Column> {
    Some(match word {
        "GROUP" => Column::Group,
        "TOPIC" => Column::Topic,
        "PARTITION" => Column::Partition,
        "CURRENT-OFFSET" => Column::Committed,
        "LOG-END-OFFSET" => Column::End,
        "LAG" => Column::Lag,
        "CONSUMER-ID" => Column::Member,
        "GROUP-INSTANCE-ID" => Column::Instance,
        "HOST" => Column::Host,
        "CLIENT-ID" => Column::Client,
        "#PARTITIONS" => Column::Count,
        "ASSIGNMENT" | "CURRENT-ASSIGNMENT" => Column::Assignment,
        "CURRENT-EPOCH" | "MEMBER-EPOCH" => Column::Epoch,
        "COORDINATOR" => Column::Coordinator,
        "ASSIGNMENT-STRATEGY" => Column::Strategy,
        "STATE" => Column::State,
        "GROUP-EPOCH" => Column::GroupEpoch,
        "#MEMBERS" => Column::Members,
        "LEADER-EPOCH" | "TARGET-EPOCH" | "TARGET-ASSIGNMENT-EPOCH" | "NEW-OFFSET" => Column::Number,
        "TARGET-ASSIGNMENT" | "UPGRADED" | "TYPE" | "PROTOCOL" => Column::Other,
        _ => return None,
    })
}

/// The words of a line, each with the place of its first character (padding counts characters, not bytes).
fn words(line: &str) -> Vec<(usize, &str)> {
    let mut all = Vec::new();
    let (mut at, mut rest) = (0, line);
    loop {
        let word = rest.trim_start();
        at += rest.chars().count() - word.chars().count();
        let end = word.find(char::is_whitespace).unwrap_or(word.len());
        let (head, tail) = word.split_at(end);
        if head.is_empty() {
            return all;
        }
        all.push((at, head));
        at += head.chars().count();
        rest = tail;
    }
}

impl Header {
    /// `None`: not a header.
    pub fn read(line: &str) -> Option<Header> {
        let words = words(line);
        let mut columns: Vec<(Column, usize)> = Vec::new();
        for (at, word) in &words {
            match column(word) {
                Some(column) => columns.push((column, *at)),
                // “COORDINATOR (ID)” is one.
                None if *word == "(ID)" => {}
                // One that a later version has, or no header at all.
                None if word.chars().all(|c| c.is_ascii_uppercase() || c == '-' || c == '#') => {
                    columns.push((Column::Other, *at));
                }
                None => return None,
            }
        }
        let has = |column| columns.iter().any(|(one, _)| *one == column);
        let listing = if has(Column::Topic) && has(Column::Partition) && has(Column::Committed) {
            Listing::Offsets
        } else if has(Column::Member) && !has(Column::Topic) && (has(Column::Client) || has(Column::Count)) {
            Listing::Members
        } else if has(Column::Coordinator) && has(Column::State) {
            Listing::State
        } else if has(Column::Group) && columns.len() >= 2 || has(Column::Topic) && has(Column::Partition) {
            Listing::Other
        } else {
            return None;
        };
        Some(Header { listing, columns })
    }

    /// The fields of a row, or what was expected.
    pub fn row<'a>(&self, line: &'a str) -> Result<Row<'a>, String> {
        let words = words(line);
        // Where spaces were lost, a blank field is one word less.
        let ways = [None, Some(Column::Instance), Some(Column::Strategy)];
        let mut by_words = ways.into_iter().filter_map(|blank| self.by_words(line, &words, blank));
        let row = self.by_places(line).filter(Row::sound).or_else(|| by_words.find(Row::sound));
        row.ok_or_else(|| {
            let what = match self.listing {
                Listing::Offsets => "a partition’s topic, number, offsets and consumer",
                Listing::Members => "a member’s ids, host and number of partitions",
                _ => "the group’s coordinator, assignor, state and number of members",
            };
            // As many as there should be: one of them is not what its column has.
            let odd = self.by_words(line, &words, None).and_then(|row| row.odd());
            match odd.filter(|_| words.len() == self.columns.len()) {
                Some(field) => format!("{what} were expected, but “{}” is no number", shorten(field)),
                None => format!(
                    "{what} in {} columns as in the header were expected, not {}",
                    self.columns.len(),
                    words.len()
                ),
            }
        })
    }

    /// Where each field is one word, but for a blank one; the last may be more.
    fn by_words<'a>(&self, line: &'a str, words: &[(usize, &'a str)], blank: Option<Column>) -> Option<Row<'a>> {
        let mut fields = Vec::new();
        let mut next = words.iter();
        for (i, (column, _)) in self.columns.iter().enumerate() {
            if Some(*column) == blank {
                fields.push((*column, ""));
                continue;
            }
            let (at, word) = next.next()?;
            let last = i + 1 == self.columns.len();
            let open = matches!(column, Column::Client | Column::Assignment | Column::Other);
            let mut field = if last && open { between(line, *at, None).trim_end() } else { *word };
            // “broker-2:9092 (2)”, with one space or two.
            if *column == Column::Coordinator {
                let (id_at, id) = next.next()?;
                field = between(line, *at, Some(id_at + id.chars().count()));
            }
            fields.push((*column, field));
            if last && !open && next.next().is_some() {
                return None;
            }
        }
        Some(Row { fields })
    }

    /// Where columns are as wide as the header says, but for fields that are wider and push the rest to the right.
    fn by_places<'a>(&self, line: &'a str) -> Option<Row<'a>> {
        let mut fields = Vec::new();
        let mut from = self.columns.first()?.1;
        for (i, (column, at)) in self.columns.iter().enumerate() {
            let rest = between(line, from, None);
            let field = match self.columns.get(i + 1).map(|next| next.1 - at) {
                None => rest,
                Some(wide) => {
                    // Between two fields there is a space.
                    let fits = between(rest, wide - 1, Some(wide)).trim().is_empty();
                    let spaces = || rest.chars().position(char::is_whitespace);
                    let wide = if fits { wide } else { spaces()? + 1 };
                    from += wide;
                    between(rest, 0, Some(wide))
                }
            };
            let blank = matches!(column, Column::Instance | Column::Client | Column::Strategy);
            let inside = field.starts_with(char::is_whitespace) && !field.trim().is_empty();
            if inside || field.trim().is_empty() && !blank {
                return None;
            }
            fields.push((*column, field.trim_end()));
        }
        Some(Row { fields })
    }
}

/// From one character up to another; as much of it as there is.
fn between(line: &str, at: usize, to: Option<usize>) -> &str {
    let byte = |place: usize| line.char_indices().nth(place).map_or(line.len(), |(byte, _)| byte);
    line.get(byte(at)..to.map_or(line.len(), byte)).unwrap_or_default()
}

/// One line of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    fields: Vec<(Column, &'a str)>,
}

impl<'a> Row<'a> {
    /// `None`: there is no such column, or nothing in it.
    pub fn get(&self, column: Column) -> Option<&'a str> {
        self.fields.iter().find(|(one, field)| *one == column && !missing(field)).map(|(_, field)| *field)
    }

    /// What stands where a number must and is none.
    fn odd(&self) -> Option<&'a str> {
        let is_odd = |(column, field): &&(Column, &str)| {
            let number = matches!(
                column,
                Column::Partition
                    | Column::Committed
                    | Column::End
                    | Column::Lag
                    | Column::Count
                    | Column::Epoch
                    | Column::GroupEpoch
                    | Column::Members
                    | Column::Number
            );
            number && !missing(field) && field.parse::<i64>().is_err()
        };
        self.fields.iter().find(is_odd).map(|(_, field)| *field)
    }

    /// Numbers stand where numbers must: no field has slipped into another column.
    fn sound(&self) -> bool {
        self.odd().is_none()
            && self.fields.iter().all(|(column, field)| match column {
                Column::State => missing(field) || field.chars().all(char::is_alphabetic),
                // Names that Kafka lets nobody have spaces in.
                Column::Topic | Column::Instance | Column::Host | Column::Strategy => {
                    !field.contains(char::is_whitespace)
                }
                _ => true,
            })
    }
}
