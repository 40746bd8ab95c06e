//! What the tokens look like on paper and on ink. The page's style sheet says the same values.

use super::scene::{Ink, Token};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Theme {
    #[default]
    Light,
    Dark,
}

/// In the order of `Token`.
const LIGHT: [u32; Token::COUNT] = [
    0xfbfaf7, 0xffffff, 0x1c1d20, 0x5d6068, 0xdedbd3, 0xf1efe9, 0x0072b2, 0xc97b00, 0x00805c, 0xc24a00, 0x2a8fc9,
    0xa8497e, 0x8a7500, 0x1c1d20,
];
const DARK: [u32; Token::COUNT] = [
    0x131519, 0x1a1d22, 0xece9e2, 0xa3a6ad, 0x31353c, 0x21252b, 0x5ab4ee, 0xf0a93a, 0x3fcf9f, 0xff8a4c, 0x8fd0f5,
    0xe59ac6, 0xe8d44d, 0x131519,
];

impl Theme {
    pub fn rgb(self, token: Token) -> [u8; 3] {
        let hex = match self {
            Theme::Light => LIGHT[token as usize],
            Theme::Dark => DARK[token as usize],
        };
        let [_, r, g, b] = hex.to_be_bytes();
        [r, g, b]
    }

    /// As CSS and canvas write it: `#rrggbb`, or `#rrggbbaa` where one can see through it.
    pub fn css(self, ink: Ink) -> String {
        let [r, g, b] = self.rgb(ink.token);
        match ink.alpha {
            255 => format!("#{r:02x}{g:02x}{b:02x}"),
            a => format!("#{r:02x}{g:02x}{b:02x}{a:02x}"),
        }
    }

    /// Which of card, ink and paper gives text that can be read on top of a colour: the first that reaches 4.5:1,
    /// else the best there is.
    pub fn on(self, under: Token) -> Token {
        let under = self.rgb(under);
        let reach = |token: Token| contrast(self.rgb(token), under);
        let offered = [Token::Card, Token::Ink, Token::Paper];
        let best = offered.into_iter().max_by(|a, b| reach(*a).total_cmp(&reach(*b)));
        offered.into_iter().find(|token| reach(*token) >= 4.5).or(best).unwrap_or(Token::Ink)
    }
}

/// WCAG contrast of two colours, from 1 to 21.
pub fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = rgb.map(|c| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Theme; 2] = [Theme::Light, Theme::Dark];

    fn reach(theme: Theme, a: Token, b: Token) -> f64 {
        contrast(theme.rgb(a), theme.rgb(b))
    }

    #[test]
    fn contrast_is_the_one_of_wcag() {
        assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 1e-9);
        assert!((contrast([119, 119, 119], [255, 255, 255]) - 4.48).abs() < 0.005);
        assert!((contrast([7, 8, 9], [7, 8, 9]) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn text_can_be_read_and_hues_seen() {
        for theme in BOTH {
            for ground in [Token::Paper, Token::Card, Token::Wash] {
                for text in [Token::Ink, Token::Soft] {
                    assert!(reach(theme, text, ground) >= 4.5, "{theme:?} {text:?} on {ground:?}");
                }
            }
            for ground in [Token::Paper, Token::Card] {
                for hue in Token::HUES {
                    assert!(reach(theme, hue, ground) >= 3.0, "{theme:?} {hue:?} on {ground:?}");
                }
            }
        }
    }

    #[test]
    fn text_on_any_token_can_be_read() {
        for theme in BOTH {
            for token in Token::ALL.into_iter().filter(|t| *t != Token::Night) {
                let on = theme.on(token);
                assert!(reach(theme, on, token) >= 4.5, "{theme:?}: {on:?} on {token:?}");
                let fixed = token.text_on();
                assert!(reach(theme, fixed, token) >= 4.5, "{theme:?}: {fixed:?} on {token:?}");
            }
        }
    }

    /// A faded bar is a hue seen through at about a third: ink is what is written on it.
    #[test]
    fn ink_can_be_read_on_faded_hues() {
        for theme in BOTH {
            for hue in Token::HUES {
                let (top, under) = (theme.rgb(hue), theme.rgb(Token::Card));
                let mixed = [0, 1, 2].map(|i| ((u32::from(top[i]) * 90 + u32::from(under[i]) * 165) / 255) as u8);
                assert!(contrast(theme.rgb(Token::Ink), mixed) >= 4.5, "{theme:?} {hue:?}");
            }
        }
    }

    #[test]
    fn tokens_are_in_the_order_of_the_tables() {
        for (i, token) in Token::ALL.into_iter().enumerate() {
            assert_eq!(token as usize, i);
        }
        assert_eq!(Theme::Light.css(Token::Blue.into()), "#0072b2");
        assert_eq!(Theme::Dark.css(Ink::faded(Token::Gold, 8)), "#e8d44d08");
    }
}
