//! What a quantity is of: time, data, money, and things that are counted.

/// One kind of quantity that does not turn into another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// Seconds.
    Time,
    /// Bytes. A bit is an eighth of one.
    Data,
    /// US dollars.
    Dollar,
    Euro,
    /// Users, requests, servers: each noun is a kind of its own, in the singular.
    Thing(Box<str>),
}

/// Bases with their exponents, none 0, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dim(Vec<(Base, i16)>);

impl Dim {
    /// A plain number.
    pub fn plain() -> Dim {
        Dim::default()
    }

    pub fn of(base: Base) -> Dim {
        Dim(vec![(base, 1)])
    }

    pub fn parts(&self) -> &[(Base, i16)] {
        &self.0
    }

    pub fn is_plain(&self) -> bool {
        self.0.is_empty()
    }

    pub fn exponent(&self, base: &Base) -> i16 {
        self.0.iter().find(|(known, _)| known == base).map_or(0, |(_, exponent)| *exponent)
    }

    fn with(&self, other: &Dim, times: i16) -> Dim {
        let mut all = self.0.clone();
        for (base, exponent) in &other.0 {
            let more = exponent.saturating_mul(times);
            match all.binary_search_by(|(known, _)| known.cmp(base)) {
                Ok(i) => all[i].1 = all[i].1.saturating_add(more),
                Err(i) => all.insert(i, (base.clone(), more)),
            }
        }
        all.retain(|(_, exponent)| *exponent != 0);
        Dim(all)
    }

    pub fn times(&self, other: &Dim) -> Dim {
        self.with(other, 1)
    }

    pub fn over(&self, other: &Dim) -> Dim {
        self.with(other, -1)
    }

    pub fn power(&self, exponent: i16) -> Dim {
        Dim::plain().with(self, exponent)
    }

    /// Without what was only counted: 800 posts of 8 B are bytes, and nobody writes “per post” on a whiteboard. Only
    /// where something measured is left; what it is *per* stays, as it has to cancel.
    pub fn measured(&self) -> Dim {
        // Requests per second are counted requests: time alone measures nothing.
        let measures = self.0.iter().any(|(base, exponent)| *exponent > 0 && !matches!(base, Base::Thing(_)));
        let kept = |(base, exponent): &&(Base, i16)| *exponent < 0 || !matches!(base, Base::Thing(_));
        if measures { Dim(self.0.iter().filter(kept).cloned().collect()) } else { self.clone() }
    }

    /// Whether two of these may be added or compared.
    pub fn meets(&self, other: &Dim) -> bool {
        self.measured() == other.measured()
    }

    /// In words: “bytes per second”, “a plain number”.
    pub fn words(&self) -> String {
        if self.is_plain() {
            return "a plain number".into();
        }
        let name = |base: &Base, many: bool| match base {
            Base::Time => if many { "seconds" } else { "second" }.to_string(),
            Base::Data => if many { "bytes" } else { "byte" }.to_string(),
            Base::Dollar => if many { "dollars" } else { "dollar" }.to_string(),
            Base::Euro => if many { "euros" } else { "euro" }.to_string(),
            Base::Thing(noun) => {
                if many {
                    plural(noun)
                } else {
                    noun.to_string()
                }
            }
        };
        let power = |text: String, exponent: i16| match exponent.unsigned_abs() {
            1 => text,
            n => format!("{text}^{n}"),
        };
        let over: Vec<String> =
            self.0.iter().filter(|part| part.1 > 0).map(|(base, n)| power(name(base, true), *n)).collect();
        let under: Vec<String> =
            self.0.iter().filter(|part| part.1 < 0).map(|(base, n)| power(name(base, false), *n)).collect();
        let over = if over.is_empty() { "something".to_string() } else { over.join("·") };
        if under.is_empty() { over } else { format!("{over} per {}", under.join(" per ")) }
    }
}

/// A noun as the base it stands for: `posts` and `post` are the same.
pub fn singular(noun: &str) -> String {
    let long = noun.chars().count() > 3;
    if let Some(stem) = noun.strip_suffix("ies").filter(|_| long) {
        return format!("{stem}y");
    }
    // “Caches” loses one letter, “boxes” two.
    for ending in ["xes", "sses", "shes", "ches"] {
        if noun.ends_with(ending) && long && !noun.ends_with("aches") {
            return noun[..noun.len() - 2].to_string();
        }
    }
    match noun.strip_suffix('s') {
        Some(stem) if long && !noun.ends_with("ss") && !noun.ends_with("us") && !noun.ends_with("is") => stem.into(),
        _ => noun.into(),
    }
}

pub fn plural(noun: &str) -> String {
    let vowel = |c: Option<char>| c.is_some_and(|c| "aeiou".contains(c));
    if noun.ends_with('y') && !vowel(noun.chars().rev().nth(1)) {
        return format!("{}ies", &noun[..noun.len() - 1]);
    }
    match ["x", "ss", "sh", "ch"].iter().any(|end| noun.ends_with(end)) {
        true => format!("{noun}es"),
        false if noun.ends_with('s') => noun.into(),
        false => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(noun: &str) -> Dim {
        Dim::of(Base::Thing(noun.into()))
    }

    #[test]
    fn units_cancel() {
        let a_day = thing("post").over(&thing("user")).over(&Dim::of(Base::Time));
        let all = thing("user").times(&a_day);
        assert_eq!(all, thing("post").over(&Dim::of(Base::Time)));
        assert_eq!(all.words(), "posts per second");
        assert!(all.over(&all).is_plain());
    }

    #[test]
    fn what_is_only_counted_does_not_hinder() {
        let list = thing("post").times(&Dim::of(Base::Data));
        assert!(list.meets(&Dim::of(Base::Data)));
        assert!(!list.over(&thing("user")).meets(&Dim::of(Base::Data)), "what it is per has to cancel");
        assert!(!thing("request").meets(&thing("user")));
        assert!(!thing("request").over(&Dim::of(Base::Time)).meets(&thing("user").over(&Dim::of(Base::Time))));
        assert!(!thing("request").meets(&Dim::plain()));
    }

    #[test]
    fn nouns_have_a_plural() {
        for (one, many) in
            [("user", "users"), ("query", "queries"), ("box", "boxes"), ("cache", "caches"), ("day", "days")]
        {
            assert_eq!(singular(many), one);
            assert_eq!(singular(one), one);
            assert_eq!(plural(one), many);
        }
        assert_eq!(singular("status"), "status");
    }
}
