//! A film as a GIF: one palette for all of it, and of each picture only the rectangle that changed, in which what did
//! not change is left out. The same pictures give the same bytes.

use super::palette::{Palette, packed};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use std::borrow::Cow;

pub struct Gif {
    encoder: Encoder<Vec<u8>>,
    palette: Palette,
    width: u16,
    height: u16,
    /// What is on the screen so far, as places in the palette.
    shown: Vec<u8>,
    /// Not written yet: what follows may look the same, and then it only stays for longer.
    waiting: Option<Frame<'static>>,
    frames: usize,
}

/// Why there is no film, in words.
fn told(why: gif::EncodingError) -> String {
    format!("the film could not be written: {why}")
}

impl Gif {
    /// Sizes in pixels. It plays again and again.
    pub fn new(width: u16, height: u16, palette: Palette) -> Result<Gif, String> {
        let colours = palette.colours.as_flattened();
        let mut encoder = Encoder::new(Vec::new(), width, height, colours).map_err(told)?;
        encoder.set_repeat(Repeat::Infinite).map_err(told)?;
        Ok(Gif { encoder, palette, width, height, shown: Vec::new(), waiting: None, frames: 0 })
    }

    /// One more picture, as red, green, blue and alpha (which is not looked at), shown for so many hundredths of a
    /// second.
    pub fn add(&mut self, rgba: &[u8], hold: u16) -> Result<(), String> {
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        if rgba.len() != width * height * 4 || width == 0 || height == 0 {
            return Err("a picture of the film has another size".into());
        }
        let mut last = (u32::MAX, 0);
        let palette = &mut self.palette;
        let look = |pixel: &[u8]| {
            let colour = packed(pixel);
            if colour != last.0 {
                last = (colour, palette.nearest(colour));
            }
            last.1
        };
        let now: Vec<u8> = rgba.chunks_exact(4).map(look).collect();
        let first = self.shown.is_empty();
        let area = if first { Some((0, 0, width, height)) } else { changed(&self.shown, &now, width) };
        let Some((left, top, right, bottom)) = area else {
            // The same again.
            if let Some(waiting) = &mut self.waiting {
                waiting.delay = waiting.delay.saturating_add(hold);
            }
            return Ok(());
        };
        let clear = self.palette.colours.len() as u8;
        let mut buffer = Vec::with_capacity((right - left) * (bottom - top));
        for y in top..bottom {
            let row = y * width + left..y * width + right;
            let new = now.get(row.clone()).unwrap_or_default();
            match self.shown.get(row) {
                Some(old) if !first => {
                    buffer.extend(new.iter().zip(old).map(|(new, old)| if new == old { clear } else { *new }));
                }
                _ => buffer.extend_from_slice(new),
            }
        }
        let frame = Frame {
            delay: hold,
            dispose: DisposalMethod::Keep,
            transparent: (!first).then_some(clear),
            needs_user_input: false,
            top: top as u16,
            left: left as u16,
            width: (right - left) as u16,
            height: (bottom - top) as u16,
            interlaced: false,
            palette: None,
            buffer: Cow::Owned(buffer),
        };
        self.shown = now;
        self.flush()?;
        self.waiting = Some(frame);
        Ok(())
    }

    /// Writes what is waiting: what follows is a picture of its own, unless it looks the same.
    pub fn flush(&mut self) -> Result<(), String> {
        let Some(frame) = self.waiting.take() else { return Ok(()) };
        self.frames += 1;
        self.encoder.write_frame(&frame).map_err(told)
    }

    /// Bytes so far.
    pub fn size(&self) -> usize {
        self.encoder.get_ref().len()
    }

    /// The file, and how many different pictures are in it.
    pub fn finish(mut self) -> Result<(Vec<u8>, usize), String> {
        self.flush()?;
        let frames = self.frames;
        let bytes = self.encoder.into_inner().map_err(|why| format!("the film could not be written: {why}"))?;
        Ok((bytes, frames))
    }
}

/// Left, top, right and bottom of where two pictures differ.
fn changed(then: &[u8], now: &[u8], width: usize) -> Option<(usize, usize, usize, usize)> {
    let mut area: Option<(usize, usize, usize, usize)> = None;
    for (y, (a, b)) in then.chunks_exact(width).zip(now.chunks_exact(width)).enumerate() {
        if a == b {
            continue;
        }
        let differs = |x: &usize| a[*x] != b[*x];
        let (from, to) = ((0..width).find(differs).unwrap_or(0), (0..width).rfind(differs).unwrap_or(0) + 1);
        let (left, top, right, _) = area.unwrap_or((from, y, to, y));
        area = Some((left.min(from), top, right.max(to), y + 1));
    }
    area
}

#[cfg(test)]
mod tests {
    use super::super::palette::Counts;
    use super::*;
    use proptest::prelude::*;

    const SIZE: (usize, usize) = (16, 12);

    fn film(pictures: &[Vec<u8>], holds: &[u16]) -> Vec<u8> {
        let mut counts = Counts::default();
        pictures.iter().for_each(|rgba| counts.add(rgba));
        let mut gif = Gif::new(SIZE.0 as u16, SIZE.1 as u16, Palette::of(&counts, &[])).expect("a film");
        for (rgba, hold) in pictures.iter().zip(holds) {
            gif.add(rgba, *hold).expect("a picture");
        }
        gif.finish().expect("a file").0
    }

    /// What one sees of a file, picture by picture, with how long.
    fn seen(file: &[u8]) -> Vec<(Vec<u8>, u16)> {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(file).expect("a gif");
        assert_eq!((usize::from(decoder.width()), usize::from(decoder.height())), SIZE);
        let mut screen = vec![0; SIZE.0 * SIZE.1 * 4];
        let mut all = Vec::new();
        while let Some(frame) = decoder.read_next_frame().expect("a frame") {
            for y in 0..usize::from(frame.height) {
                for x in 0..usize::from(frame.width) {
                    let from = (y * usize::from(frame.width) + x) * 4;
                    let to = ((y + usize::from(frame.top)) * SIZE.0 + x + usize::from(frame.left)) * 4;
                    if frame.buffer[from + 3] != 0 {
                        screen[to..to + 4].copy_from_slice(&frame.buffer[from..from + 4]);
                    }
                }
            }
            all.push((screen.clone(), frame.delay));
        }
        all
    }

    fn blank(colour: [u8; 3]) -> Vec<u8> {
        (0..SIZE.0 * SIZE.1).flat_map(|_| [colour[0], colour[1], colour[2], 255]).collect()
    }

    #[test]
    fn what_stays_the_same_stays_for_longer() {
        let (white, mut dot) = (blank([255; 3]), blank([255; 3]));
        dot[(5 * SIZE.0 + 3) * 4..][..3].copy_from_slice(&[200, 0, 0]);
        let file =
            film(&[white.clone(), white.clone(), dot.clone(), dot.clone(), white.clone()], &[10, 10, 10, 50, 10]);
        assert_eq!(seen(&file), [(white.clone(), 20), (dot, 60), (white, 10)]);
        let mut decoder = gif::DecodeOptions::new().read_info(&file[..]).expect("a gif");
        let mut areas = Vec::new();
        while let Some(frame) = decoder.read_next_frame().expect("a frame") {
            areas.push((frame.left, frame.top, frame.width, frame.height));
        }
        assert_eq!(areas, [(0, 0, 16, 12), (3, 5, 1, 1), (3, 5, 1, 1)], "only what changed");
    }

    #[test]
    fn a_picture_of_another_size_is_refused() {
        let mut gif = Gif::new(2, 2, Palette::of(&Counts::default(), &[])).expect("a film");
        assert!(gif.add(&[0; 12], 1).is_err());
        assert!(gif.add(&[0; 16], 1).is_ok());
    }

    fn picture() -> impl Strategy<Value = Vec<u8>> {
        // Few colours, so that pictures have much in common.
        let pixel = prop_oneof![Just([255u8, 255, 255]), Just([0, 114, 178]), Just([29, 29, 32]), any::<[u8; 3]>()];
        proptest::collection::vec(pixel, 12).prop_map(|few| {
            let at = |i: usize| few[(i / 7 + i % 5) % few.len()];
            (0..SIZE.0 * SIZE.1).flat_map(|i| [at(i)[0], at(i)[1], at(i)[2], 255]).collect()
        })
    }

    proptest! {
        /// Every picture is seen as it was, for as long as it was to stay, and the same pictures give the same bytes.
        #[test]
        fn what_goes_in_comes_out(
            pictures in proptest::collection::vec((picture(), 1u16..100), 1..8)
        ) {
            let (rgba, holds): (Vec<_>, Vec<_>) = pictures.into_iter().unzip();
            let file = film(&rgba, &holds);
            let mut expected: Vec<(Vec<u8>, u16)> = Vec::new();
            for (rgba, hold) in rgba.iter().zip(&holds) {
                match expected.last_mut() {
                    Some(last) if last.0 == *rgba => last.1 += hold,
                    _ => expected.push((rgba.clone(), *hold)),
                }
            }
            prop_assert_eq!(seen(&file), expected);
            prop_assert_eq!(film(&rgba, &holds), file);
        }
    }
}
