//! Shorter names for what the app's script and its module call each other by.
//!
//! wasm-bindgen gives each import a name with sixteen digits of a hash, once in the script and once in the module: a
//! twentieth of the first load, and nothing of it compresses.

use std::collections::BTreeMap;

use xtask_wasm::anyhow::{Context, Result, ensure};

/// The module that wasm-bindgen's imports are said to come from.
const SCRIPT: &str = "./app_bg.js";
/// Exports that only the script knows. Others have names that somebody else asks for.
const CLOSURE: &str = "wasm_bindgen__convert__closures";
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;

/// Renames what the two share, and takes comments and indentation out of the script.
pub fn shorten(script: &str, wasm: &[u8]) -> Result<(String, Vec<u8>)> {
    let mut names = Names::default();
    let wasm = renamed(wasm, &mut names).context("the module's imports are not as expected")?;
    ensure!(!names.0.is_empty(), "the module imports nothing from {SCRIPT}: the tools that make it have changed");
    for name in names.0.keys() {
        ensure!(script.contains(name.as_str()), "the script has no {name}: the tools that make it have changed");
    }
    Ok((lean(&with_names(script, &names))?, wasm))
}

/// Old names with their new ones: `$0`, `$1` and so on, as wasm-bindgen names nothing.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn of(&mut self, name: &str) -> String {
        let next = self.0.len();
        self.0.entry(name.into()).or_insert_with(|| format!("${next:x}")).clone()
    }
}

/// Identifiers of a script, each replaced by its new name if it has one.
fn with_names(script: &str, names: &Names) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(inside) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        out.push_str(names.0.get(word).map_or(word, |name| name));
        rest = &rest[end..];
    }
    out + rest
}

/// Without indentation, empty lines and whole-line comments.
fn lean(script: &str) -> Result<String> {
    let mut out = String::with_capacity(script.len());
    let mut comment = false;
    for line in script.lines().map(str::trim) {
        ensure!(line.matches('`').count().is_multiple_of(2), "the script has a text of several lines: {line}");
        comment |= line.starts_with("/*");
        if !(comment || line.is_empty() || line.starts_with("//")) {
            out.push_str(line);
            out.push('\n');
        }
        ensure!(!comment || !line.contains("*/") || line.ends_with("*/"), "code behind a comment: {line}");
        comment &= !line.ends_with("*/");
    }
    Ok(out)
}

/// The module with short names for what it imports from the script and for the closures it exports.
fn renamed(wasm: &[u8], names: &mut Names) -> Option<Vec<u8>> {
    let (header, mut rest) = wasm.split_at_checked(8)?;
    let mut out = header.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        let mut reader = Reader(after);
        let size = reader.number()?;
        let section = reader.take(size)?;
        rest = reader.0;
        let section = match id {
            IMPORTS => imports(section, names)?,
            EXPORTS => exports(section, names)?,
            _ => section.to_vec(),
        };
        out.push(id);
        number(section.len(), &mut out);
        out.extend(section);
    }
    Some(out)
}

fn imports(section: &[u8], names: &mut Names) -> Option<Vec<u8>> {
    let mut reader = Reader(section);
    let count = reader.number()?;
    let mut out = Vec::new();
    number(count, &mut out);
    for _ in 0..count {
        let (module, field) = (reader.text()?, reader.text()?);
        let field = if module == SCRIPT { names.of(field) } else { field.into() };
        text(module, &mut out);
        text(&field, &mut out);
        let before = reader.0;
        match reader.byte()? {
            0 => reader.number().map(drop)?,
            1 => {
                reader.byte()?;
                reader.limits()?;
            }
            2 => reader.limits()?,
            3 => reader.take(2).map(drop)?,
            _ => return None,
        }
        out.extend(&before[..before.len() - reader.0.len()]);
    }
    reader.0.is_empty().then_some(out)
}

fn exports(section: &[u8], names: &mut Names) -> Option<Vec<u8>> {
    let mut reader = Reader(section);
    let count = reader.number()?;
    let mut out = Vec::new();
    number(count, &mut out);
    for _ in 0..count {
        let field = reader.text()?;
        let field = match field.starts_with(CLOSURE) {
            true => names.of(field),
            // The script could not tell it from an import that gets a new name.
            false if names.0.contains_key(field) => return None,
            false => field.into(),
        };
        text(&field, &mut out);
        out.push(reader.byte()?);
        number(reader.number()?, &mut out);
    }
    reader.0.is_empty().then_some(out)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn number(&mut self) -> Option<usize> {
        let (value, size) = leb128(self.0)?;
        self.take(size)?;
        Some(value)
    }

    fn text(&mut self) -> Option<&'a str> {
        let size = self.number()?;
        std::str::from_utf8(self.take(size)?).ok()
    }

    /// The least size of a memory or a table, and the most if it is said.
    fn limits(&mut self) -> Option<()> {
        let flags = self.byte()?;
        self.number()?;
        if flags & 1 != 0 {
            self.number()?;
        }
        Some(())
    }
}

/// An unsigned LEB128 number and how many bytes it took.
pub fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

fn number(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn text(text: &str, out: &mut Vec<u8>) {
    number(text.len(), out);
    out.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";

    fn section(id: u8, body: Vec<u8>) -> Vec<u8> {
        let mut out = vec![id];
        number(body.len(), &mut out);
        [out, body].concat()
    }

    fn module(import: &str, export: &str) -> Vec<u8> {
        let mut imports = vec![2];
        for (module, field, kind) in [("./app_bg.js", import, [0, 5]), ("./parts.js", "load", [0, 1])] {
            text(module, &mut imports);
            text(field, &mut imports);
            imports.extend(kind);
        }
        let mut exports = vec![2];
        for (field, kind) in [(export, [0, 7]), ("memory", [2, 0])] {
            text(field, &mut exports);
            exports.extend(kind);
        }
        [&HEADER[..], &section(1, vec![0]), &section(2, imports), &section(7, exports)].concat()
    }

    #[test]
    fn both_sides_get_the_same_short_names() {
        let (import, export) = ("__wbg_push_c9f4893fc209f768", "wasm_bindgen__convert__closures_____invoke__h1");
        let script = format!(
            "const a = {{\n    {import}: function(arg0) {{\n        // why\n        return `${{arg0}}`;\n    }},\n}};\n\
             /**\n * @returns {{number}}\n */\nfunction {export}() {{ wasm.{export}(); }}\n"
        );
        let (short, wasm) = shorten(&script, &module(import, export)).expect("as the tools make it");
        assert_eq!(
            short,
            "const a = {\n$0: function(arg0) {\nreturn `${arg0}`;\n},\n};\nfunction $1() { wasm.$1(); }\n"
        );
        assert_eq!(wasm, module("$0", "$1"));
        assert!(shorten("nothing", &module(import, export)).is_err(), "a script of other tools");
        assert!(shorten(&script, &module(import, export)[..40]).is_err(), "cut short");
        assert!(shorten("const a = `\n`; __wbg_push_c9f4893fc209f768", &module(import, "x")).is_err());
    }

    #[test]
    fn numbers_come_back() {
        for value in [0, 1, 127, 128, 300, 16_384, 4_000_000_000] {
            let mut bytes = Vec::new();
            number(value, &mut bytes);
            assert_eq!(leb128(&bytes), Some((value, bytes.len())));
        }
    }
}
