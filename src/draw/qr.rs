//! A text as a QR code (ISO/IEC 18004), as plain modules. The standard's masks and levels are the crate's; what is ours
//! is how large a code may get before nobody could scan it.

use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};

/// 117 modules a side, some 1,200 characters: what a phone still reads from a screen some metres away.
const LARGEST: u8 = 25;
/// Modules of light around it, as the standard asks for.
pub const QUIET: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modules {
    /// Modules a side, without the quiet zone.
    pub side: usize,
    dark: Vec<bool>,
}

impl Modules {
    /// None: too long for a code that anybody could scan.
    pub fn of(text: &str) -> Option<Modules> {
        let largest = Version::new(LARGEST);
        let (mut aside, mut out) = (vec![0; largest.buffer_len()], vec![0; largest.buffer_len()]);
        // The crate takes it as given that the text fits into what it works on.
        if text.len() > aside.len() {
            return None;
        }
        let (low, high) = (Version::new(1), largest);
        let code = QrCode::encode_text(text, &mut aside, &mut out, QrCodeEcc::Low, low, high, None, true).ok()?;
        let side = code.size();
        let dark = (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).map(|(x, y)| code.get_module(x, y)).collect();
        Some(Modules { side: usize::try_from(side).ok()?, dark })
    }

    pub fn dark(&self, x: usize, y: usize) -> bool {
        x < self.side && self.dark.get(y * self.side + x) == Some(&true)
    }

    /// The dark modules as the data of an SVG path, a module a unit, the quiet zone before them; a run of a row is one
    /// rectangle.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.side {
            let mut x = 0;
            while x < self.side {
                let run = (x..self.side).take_while(|x| self.dark(*x, y)).count();
                if run > 0 {
                    path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
                }
                x += run.max(1);
            }
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(code: &Modules) -> String {
        let scale = 4;
        let size = (code.side + 2 * QUIET) * scale;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(size, size, |x, y| {
            let (x, y) = (x / scale, y / scale);
            let dark = x >= QUIET && y >= QUIET && code.dark(x - QUIET, y - QUIET);
            if dark { 20 } else { 250 }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one code is found");
        grids[0].decode().expect("it is read").1
    }

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "https://example.org/",
            "HTTPS://EXAMPLE.ORG/123",
            "https://example.org/sub/?embed#/quorum?w=1&r=1&do=1ms:write(1,x);5ms:cut(AB);12ms:read(2,x)&t=30ms",
            "grüße → 日本",
        ] {
            assert_eq!(read(&Modules::of(text).expect("it fits")), text);
        }
        let long = "https://example.org/#/capacity?sheet=".to_string() + &"users%20%3D%205%20".repeat(60);
        assert!(long.len() > 1_000);
        assert_eq!(read(&Modules::of(&long).expect("it fits")), long);
    }

    #[test]
    fn what_is_too_long_has_none() {
        assert!(Modules::of(&"a".repeat(1_273)).is_some(), "the most that 117 modules hold");
        for length in [1_274, 1_500, 5_000, 1_000_000] {
            assert_eq!(Modules::of(&"a".repeat(length)), None, "{length}");
        }
    }

    #[test]
    fn the_path_is_the_modules() {
        let code = Modules::of("https://example.org/").expect("it fits");
        let mut drawn = vec![false; code.side * code.side];
        for run in code.path().split('M').skip(1) {
            let (place, rest) = run.split_once('h').expect("a run");
            let (x, y) = place.split_once(' ').expect("a place");
            let (x, y): (usize, usize) = (x.parse().expect("x"), y.parse().expect("y"));
            let wide: usize = rest.split_once('v').expect("its end").0.parse().expect("a width");
            (0..wide).for_each(|i| drawn[(y - QUIET) * code.side + x - QUIET + i] = true);
        }
        let dark = (0..code.side).flat_map(|y| (0..code.side).map(move |x| (x, y))).map(|(x, y)| code.dark(x, y));
        assert_eq!(drawn, dark.collect::<Vec<_>>());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn any_text_is_read_again(text in "[ -~]{1,300}") {
            prop_assert_eq!(read(&Modules::of(&text).expect("it fits")), text);
        }
    }
}
