//! One WebAssembly module from the compiler, cut into what every page needs and what is loaded when it is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::Options;
use xtask_wasm::anyhow::{Context, Result, anyhow, ensure};

use crate::site::Profile;

/// The module that the browser loads parts through; it is made by the splitter and imported by `app.js`.
pub const LINK: &str = "parts.js";

/// The small modules, one after the other.
const PACK: &str = "shared.bin";
/// Up to here a module is small, in bytes: what most parts need, and what few do, are in larger ones.
const SMALL: u64 = 16_384;

/// The files that are loaded when a part is asked for.
pub type Parts = BTreeMap<String, Vec<String>>;

/// Compiles the library and writes `app.js`, `app_bg.wasm`, the parts and what loads them to `out`. Answers with what
/// each part loads, by its name.
pub fn build(profile: Profile, out: &Path) -> Result<Parts> {
    let target = xtask_wasm::metadata().target_directory.as_std_path();
    let release = profile == Profile::Release;
    let mut cargo = xtask_wasm::default_build_command();
    cargo.args(["--package", "moving-parts", "--lib"]);
    if release {
        cargo.arg("--release");
    }
    ensure!(cargo.status().context("could not start cargo")?.success(), "the app did not compile");
    let folder = target.join("wasm32-unknown-unknown").join(if release { "release" } else { "debug" });
    let whole = folder.join("moving_parts.wasm");
    let whole = fs::read(&whole).with_context(|| format!("could not read {}", whole.display()))?;

    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("could not empty {}", out.display()))?;
    }
    let link = format!("./{LINK}");
    let main = folder.join("main.wasm");
    let mut options = Options::new(&whole);
    options.output_dir = out;
    options.main_out_path = &main;
    options.link_name = &link;
    options.main_module = "./app.js";
    let split =
        wasm_split_cli_support::transform(options).map_err(|why| anyhow!("could not cut the module: {why:?}"))?;

    // Without its link-time exports the parts would find nothing of the main module.
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&main).out_name("app").keep_lld_exports(true).debug(!release).typescript(false);
    bindgen.omit_default_module_path(false).web(true)?.generate(out).context("wasm-bindgen did not work")?;
    connect_later(out)?;
    // While developing, modules are as they come: nobody waits for a hundred requests to this machine.
    let small = if release { pack(out)? } else { BTreeSet::new() };
    let file = |stem: String| if small.contains(&stem) { PACK.to_string() } else { format!("{stem}.wasm") };
    let files = |stems: Vec<String>| stems.into_iter().map(file).collect::<BTreeSet<_>>().into_iter().collect();
    Ok(split.prefetch_map.into_iter().map(|(part, stems)| (part, files(stems))).collect())
}

/// Puts the small modules into one file, and makes `parts.js` take them from there. Answers with their names.
///
/// The splitter makes a module for each set of parts that share something, of a few kilobytes each and more of them
/// with every part. Apart they were a hundred requests for one page, and four times as large compressed.
fn pack(out: &Path) -> Result<BTreeSet<String>> {
    let mut text = fs::read_to_string(out.join(LINK)).context("could not read what loads the parts")?;
    let (mut packed, mut names) = (Vec::new(), BTreeSet::new());
    let mut files: Vec<_> = fs::read_dir(out)?.collect::<std::io::Result<_>>()?;
    files.sort_by_key(|file| file.path());
    for file in files {
        let name = file.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".wasm").filter(|stem| stem.starts_with("chunk_")) else { continue };
        if file.metadata()?.len() > SMALL {
            continue;
        }
        let fetched = format!(
            "() => {{\n    const src = fetch(new URL(\"./{name}\", import.meta.url));\n    src.catch(() => {{}});\n    \
             return async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n}}\n"
        );
        ensure!(text.contains(&fetched), "{LINK} loads {name} otherwise: the tool that makes it has changed");
        let bytes = fs::read(file.path())?;
        text = text.replace(&fetched, &format!("packed({}, {})", packed.len(), bytes.len()));
        packed.extend(bytes);
        names.insert(stem.to_string());
        fs::remove_file(file.path())?;
    }
    if !names.is_empty() {
        fs::write(out.join(PACK), packed)?;
        fs::write(out.join(LINK), format!("{UNPACK}{text}"))?;
    }
    Ok(names)
}

/// A failure is not kept: who asks again gets another try.
const UNPACK: &str = "\
let pack;
const packed = (from, length) => () => {
    pack ??= fetch(new URL(\"./shared.bin\", import.meta.url)).then((answer) => {
        if (!answer.ok) throw new Error(`shared.bin: ${answer.status}`);
        return answer.arrayBuffer();
    });
    const mine = pack;
    mine.catch(() => { if (pack === mine) pack = undefined; });
    return async (imports) => WebAssembly.instantiate(new Uint8Array(await mine, from, length), imports);
};
";

/// The splitter lets its module import `app.js`, which imports it: a circle, in which no file can be named by its
/// content. So `start.js`, which has both, tells the one of the other.
fn connect_later(out: &Path) -> Result<()> {
    let import = "import { initSync } from \"./app.js\";";
    replace(&out.join(LINK), import, "let initSync;\nexport const connect = (init) => { initSync = init; };")?;
    // The name inside the module stays as it is when the file gets another one: it is no address.
    replace(&out.join("app.js"), &format!("\"./{LINK}\":"), "[\"./parts\" + \".js\"]:")
}

fn replace(file: &Path, what: &str, with: &str) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))?;
    ensure!(text.contains(what), "{} has no `{what}`: the tools that make it have changed", file.display());
    fs::write(file, text.replace(what, with)).with_context(|| format!("could not write {}", file.display()))
}
