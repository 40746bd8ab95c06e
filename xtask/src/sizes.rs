//! The size table: what a reader downloads is a figure the project keeps, so every build shows it.

use std::io::Write;
use std::path::Path;

use crate::site::Site;

pub fn print(site: &Site, out: &Path) {
    let width = site.files.keys().map(String::len).max().unwrap_or(0).max("first load".len());
    let line = |name: &str, raw: usize, brotli: usize| println!("{name:width$}  {raw:>10}  {brotli:>10}");
    println!("\n{:width$}  {:>10}  {:>10}", "file (* first load)", "raw", "brotli", width = width + 2);
    let (mut first, mut all) = ((0, 0), (0, 0));
    for (name, bytes) in &site.files {
        let (raw, brotli) = (bytes.len(), brotli_size(bytes));
        let in_first = site.first_load.contains(name);
        print!("{} ", if in_first { '*' } else { ' ' });
        line(name, raw, brotli);
        all = (all.0 + raw, all.1 + brotli);
        if in_first {
            first = (first.0 + raw, first.1 + brotli);
        }
    }
    print!("  ");
    line("first load", first.0, first.1);
    for (part, names) in &site.parts {
        let sizes = names.iter().filter_map(|name| site.files.get(name)).map(|bytes| (bytes.len(), brotli_size(bytes)));
        let (raw, brotli) = sizes.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        print!("  ");
        line(&format!("+ {part}"), raw, brotli);
    }
    print!("  ");
    line("all", all.0, all.1);
    println!("\nBytes; brotli at quality 11, as a host sends it. The files are in {}", out.display());
}

/// Bytes that opening the page takes, compressed.
pub fn first_load(site: &Site) -> usize {
    site.first_load.iter().filter_map(|name| site.files.get(name)).map(|bytes| brotli_size(bytes)).sum()
}

fn brotli_size(bytes: &[u8]) -> usize {
    let mut counter = Counter(0);
    let mut compressor = brotli::CompressorWriter::new(&mut counter, 4096, 11, 22);
    // Counting cannot fail.
    let _ = compressor.write_all(bytes).and_then(|()| compressor.flush());
    drop(compressor);
    counter.0
}

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
