//! Histories of registers: who asked what when, and what came of it.
//!
//! Values, keys and clients are numbers; [`Names`] keeps what they were called. Moments are whole numbers that only
//! need to be in order: virtual microseconds, or places in a file that has no times.

use super::table::{Table, hash};

/// The value of a register that nobody has written.
pub const NIL: u32 = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Write(u32),
    /// What it returned; `None`: not known, as it never came back.
    Read(Option<u32>),
    /// Compare-and-set from the first value to the second.
    Cas(u32, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Ok,
    /// It certainly did not happen.
    Fail,
    /// Nobody knows: it may have happened, or still happen at any later time.
    Info,
}

/// One operation on one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Op {
    /// What it is called in reports; unique in its history.
    pub id: u32,
    pub client: u32,
    pub key: u32,
    pub kind: Kind,
    pub invoked: u64,
    /// When the client had its answer; `None`: never.
    pub completed: Option<u64>,
    pub outcome: Outcome,
}

impl Op {
    /// The last moment at which it can have taken effect.
    pub fn ends(&self) -> u64 {
        match (self.outcome, self.completed) {
            (Outcome::Info, _) | (_, None) => u64::MAX,
            (_, Some(at)) => at.max(self.invoked),
        }
    }

    /// It was over before the other began. At one and the same moment they are concurrent.
    pub fn before(&self, other: &Op) -> bool {
        self.ends() < other.invoked
    }

    /// The value that the register has once it has happened; `None`: it changes nothing.
    pub fn gives(&self) -> Option<u32> {
        match self.kind {
            Kind::Write(to) | Kind::Cas(_, to) => Some(to),
            Kind::Read(_) => None,
        }
    }

    /// The value that the register must have had before; `None`: any.
    pub fn needs(&self) -> Option<u32> {
        match self.kind {
            Kind::Write(_) => None,
            Kind::Read(value) => value,
            Kind::Cas(from, _) => Some(from),
        }
    }
}

/// Texts as numbers, in the order of their first coming.
#[derive(Clone, Debug, Default)]
pub struct Names {
    texts: Vec<String>,
    table: Table,
}

impl Names {
    /// Names of values: `nil` is [`NIL`].
    pub fn of_values() -> Names {
        let mut names = Names::default();
        names.number("nil");
        names
    }

    /// The number of a text; a new one if it is new.
    pub fn number(&mut self, text: &str) -> u32 {
        let hash = hash(text.as_bytes());
        let same = &mut |place: u32| self.texts.get(place as usize).is_some_and(|known| known == text);
        if let Some(place) = self.table.find(hash, same) {
            return place;
        }
        let place = self.texts.len() as u32;
        self.table.add(hash, place);
        self.texts.push(text.to_string());
        place
    }

    /// `None`: it was never named.
    pub fn get(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(String::as_str)
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

#[derive(Clone, Debug)]
pub struct History {
    /// In the order of invocation, as far as its maker knows it.
    pub ops: Vec<Op>,
    pub values: Names,
    pub keys: Names,
    pub clients: Names,
}

impl Default for History {
    fn default() -> History {
        let (keys, clients) = (Names::default(), Names::default());
        History { ops: Vec::new(), values: Names::of_values(), keys, clients }
    }
}

fn called(names: &Names, number: u32) -> String {
    names.get(number).map_or_else(|| number.to_string(), str::to_string)
}

impl History {
    pub fn value(&self, number: u32) -> String {
        called(&self.values, number)
    }

    pub fn key(&self, number: u32) -> String {
        called(&self.keys, number)
    }

    pub fn client(&self, number: u32) -> String {
        called(&self.clients, number)
    }

    /// Such as `client 3's read of x (operation 12)`. Without the key where there is just one.
    pub fn tell(&self, op: &Op) -> String {
        let of = if self.keys.len() > 1 { format!(" {}", self.key(op.key)) } else { String::new() };
        let what = match op.kind {
            Kind::Write(value) => format!("write{of} = {}", self.value(value)),
            Kind::Read(Some(value)) => format!("read{of} → {}", self.value(value)),
            Kind::Read(None) => format!("read{of} → ?"),
            Kind::Cas(from, to) => format!("compare-and-set{of} {} → {}", self.value(from), self.value(to)),
        };
        format!("{what} (operation {}, client {})", op.id, self.client(op.client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbers_in_the_order_of_their_coming() {
        let mut names = Names::of_values();
        assert_eq!((names.number("b"), names.number("a"), names.number("b"), names.number("nil")), (1, 2, 1, NIL));
        assert_eq!((names.get(2), names.get(3), names.len()), (Some("a"), None, 3));
        let many: Vec<u32> = (0..5_000).map(|i| names.number(&format!("v{i}"))).collect();
        assert_eq!(many, (3..5_003).collect::<Vec<u32>>());
    }

    #[test]
    fn what_touches_is_concurrent() {
        let op = |invoked, completed, outcome| Op {
            id: 0,
            client: 0,
            key: 0,
            kind: Kind::Write(1),
            invoked,
            completed: Some(completed),
            outcome,
        };
        let later = op(5, 9, Outcome::Ok);
        assert!(op(0, 4, Outcome::Ok).before(&later));
        assert!(!op(0, 5, Outcome::Ok).before(&later));
        assert!(!op(0, 4, Outcome::Info).before(&later));
    }
}
