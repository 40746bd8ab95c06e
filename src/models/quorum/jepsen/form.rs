//! One value as Clojure (EDN) or JSON writes it. Both at once: a comma is a space, and a colon after a text that is a
//! map's key is nothing.

/// Deeper than this nothing is read.
const DEEPEST: u32 = 32;

#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    Nil,
    Bool(bool),
    /// As it was written.
    Number(String),
    Text(String),
    /// `:read`, without its colon.
    Keyword(String),
    Symbol(String),
    /// Vectors, lists and sets.
    List(Vec<Form>),
    Map(Vec<(Form, Form)>),
}

impl Form {
    /// What it is called where values go by their names.
    pub fn name(&self) -> String {
        match self {
            Form::Nil => "nil".into(),
            Form::Bool(is) => is.to_string(),
            Form::Number(raw) => raw.trim_end_matches(['N', 'M']).to_string(),
            // Quoted only where it could be taken for something else.
            Form::Text(text) => match parse(text) {
                Ok(Form::Symbol(same)) if same == *text => same,
                _ => format!("“{text}”"),
            },
            Form::Keyword(word) => format!(":{word}"),
            Form::Symbol(word) => word.clone(),
            Form::List(items) => format!("[{}]", items.iter().map(Form::name).collect::<Vec<_>>().join(" ")),
            Form::Map(pairs) => {
                let one = |pair: &(Form, Form)| format!("{} {}", pair.0.name(), pair.1.name());
                format!("{{{}}}", pairs.iter().map(one).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The word it is, whatever way it is written: `:ok`, `"ok"` or `ok`.
    pub fn word(&self) -> Option<&str> {
        match self {
            Form::Text(word) | Form::Keyword(word) | Form::Symbol(word) => Some(word),
            _ => None,
        }
    }

    /// What a map has under the first of these keys that it has.
    pub fn field(&self, keys: &[&str]) -> Option<&Form> {
        let Form::Map(pairs) = self else { return None };
        let at = |key: &&str| pairs.iter().find(|pair| pair.0.word() == Some(key)).map(|pair| &pair.1);
        keys.iter().find_map(at)
    }
}

/// The first value of a text; what comes after it is not looked at. `Err`: what was expected.
pub fn parse(text: &str) -> Result<Form, &'static str> {
    Parser { text, at: 0 }.form(0)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Over spaces, commas, comments.
    fn skip(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b';' => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                b',' => self.at += 1,
                _ if byte.is_ascii_whitespace() => self.at += 1,
                _ => return,
            }
        }
    }

    fn form(&mut self, depth: u32) -> Result<Form, &'static str> {
        if depth > DEEPEST {
            return Err("a value that is not nested so deep");
        }
        self.skip();
        match self.peek() {
            None => Err("a value"),
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(b']', depth),
            Some(b'(') => self.list(b')', depth),
            Some(b'"') => self.string(),
            Some(b'#') => self.tagged(depth),
            Some(b'^') => {
                // What Clojure says about the value that follows.
                self.at += 1;
                self.form(depth + 1)?;
                self.form(depth + 1)
            }
            Some(b'\\') => {
                self.at += 1;
                let rest = self.text.get(self.at..).unwrap_or_default();
                let first = rest.chars().next().map_or(0, char::len_utf8);
                self.at += first;
                let more = self.atom().len();
                Ok(Form::Text(rest.get(..first + more).unwrap_or_default().to_string()))
            }
            Some(b']' | b')' | b'}') => Err("a value before the closing bracket"),
            Some(_) => Ok(Self::plain(self.atom())),
        }
    }

    /// Up to what ends a word.
    fn atom(&mut self) -> &str {
        let from = self.at;
        while let Some(byte) = self.peek() {
            if byte.is_ascii_whitespace() || b",;()[]{}\"".contains(&byte) {
                break;
            }
            self.at += 1;
        }
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn plain(word: &str) -> Form {
        match word {
            "nil" | "null" => return Form::Nil,
            "true" => return Form::Bool(true),
            "false" => return Form::Bool(false),
            _ => {}
        }
        if let Some(word) = word.strip_prefix(':') {
            return Form::Keyword(word.to_string());
        }
        match word.strip_prefix(['-', '+']).unwrap_or(word).bytes().next() {
            Some(b'0'..=b'9') => Form::Number(word.to_string()),
            _ => Form::Symbol(word.to_string()),
        }
    }

    fn list(&mut self, close: u8, depth: u32) -> Result<Form, &'static str> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip();
            match self.peek() {
                None => return Err("the bracket that closes a list"),
                Some(byte) if byte == close => break,
                Some(b'#') if self.discards(depth)? => {}
                Some(_) => items.push(self.form(depth + 1)?),
            }
        }
        self.at += 1;
        Ok(Form::List(items))
    }

    fn map(&mut self, depth: u32) -> Result<Form, &'static str> {
        self.at += 1;
        let mut pairs = Vec::new();
        loop {
            self.skip();
            match self.peek() {
                None => return Err("the brace that closes a map"),
                Some(b'}') => break,
                Some(b'#') if self.discards(depth)? => continue,
                Some(_) => {}
            }
            let key = self.form(depth + 1)?;
            if let Form::Text(_) = key {
                self.colon();
            }
            self.skip();
            if self.peek() == Some(b'}') {
                return Err("a value after each key of a map");
            }
            pairs.push((key, self.form(depth + 1)?));
        }
        self.at += 1;
        Ok(Form::Map(pairs))
    }

    /// JSON's colon; not the first sign of a keyword: `{"a" :b}`.
    fn colon(&mut self) {
        let key = self.at;
        self.skip();
        let next = self.text.as_bytes().get(self.at + 1).copied().unwrap_or(b' ');
        let keyword = self.at > key && (next.is_ascii_alphabetic() && !self.literal());
        if self.peek() == Some(b':') && !keyword {
            self.at += 1;
        }
    }

    /// Whether what follows the colon is one of JSON's own words.
    fn literal(&self) -> bool {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        ["true", "false", "null"].iter().any(|word| rest.starts_with(word))
    }

    /// `#_` and the value that it takes away.
    fn discards(&mut self, depth: u32) -> Result<bool, &'static str> {
        let is = self.text.as_bytes().get(self.at + 1) == Some(&b'_');
        if is {
            self.at += 2;
            self.form(depth + 1)?;
        }
        Ok(is)
    }

    fn tagged(&mut self, depth: u32) -> Result<Form, &'static str> {
        self.at += 1;
        match self.peek() {
            Some(b'{') => self.list(b'}', depth),
            Some(b'"') => self.string(),
            Some(b'_') => {
                self.at += 1;
                self.form(depth + 1)?;
                self.form(depth + 1)
            }
            // A tag such as `#jepsen.history.Op` says of what kind the value is.
            Some(_) if !self.atom().is_empty() => self.form(depth + 1),
            _ => Err("a value after #"),
        }
    }

    fn string(&mut self) -> Result<Form, &'static str> {
        self.at += 1;
        let mut out = String::new();
        let mut chars = self.text.get(self.at..).unwrap_or_default().char_indices();
        while let Some((place, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += place + 1;
                    return Ok(Form::Text(out));
                }
                '\\' => match chars.next().map(|pair| pair.1) {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('r') => out.push('\r'),
                    Some('b' | 'f') => out.push(' '),
                    Some('u') => {
                        let code: String = chars.by_ref().take(4).map(|pair| pair.1).collect();
                        let code = u32::from_str_radix(&code, 16).map_err(|_| "four digits after \\u")?;
                        out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    Some(c) => out.push(c),
                    None => break,
                },
                c => out.push(c),
            }
        }
        Err("the quote that ends a text")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_languages() {
        let name = |text: &str| parse(text).map(|form| form.name());
        for (text, expected) in [
            ("3", "3"),
            ("-4", "-4"),
            ("3N", "3"),
            ("nil", "nil"),
            ("null", "nil"),
            (":timed-out", ":timed-out"),
            ("\"abc\"", "abc"),
            ("\"3\"", "“3”"),
            ("\"nil\"", "“nil”"),
            ("\"a\\n\\u0062\"", "“a\nb”"),
            ("[1, 2]", "[1 2]"),
            ("(1 2 ; three\n 4)", "[1 2 4]"),
            ("[1 #_[2 3] 4]", "[1 4]"),
            ("#{1 2}", "[1 2]"),
            ("#jepsen.independent.Tuple[3 [1 2]]", "[3 [1 2]]"),
            ("#inst \"2020\"", "“2020”"),
            ("^{:a 1} [2]", "[2]"),
            ("\\newline", "newline"),
            ("[\\} 1]", "[“}” 1]"),
            ("{:a 1, :b {:c nil}}", "{:a 1, :b {:c nil}}"),
            ("{\"a\":1,\"b\":{\"c\":null}}", "{a 1, b {c nil}}"),
            ("{\"a\" : true, \"b\" :false, \"c\": \"x\"}", "{a true, b false, c x}"),
            ("{\"a\" :b}", "{a :b}"),
        ] {
            assert_eq!(name(text), Ok(expected.to_string()), "{text}");
        }
        for text in ["", " ; only a comment", "[1", "{:a}", "{:a 1", "\"a", "\"\\u00\"", "]", "#", "[}"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
        let map = parse("{\"process\": 3, :type :ok}").expect("a map");
        assert_eq!(map.field(&["client", "process"]), Some(&Form::Number("3".into())));
        assert_eq!(map.field(&["type"]).and_then(Form::word), Some("ok"));
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]{}()\"\\\\#_:; a1é,^\n-]{0,40}") {
            let _ = parse(&text).map(|form| form.name());
        }
    }
}
