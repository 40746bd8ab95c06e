//! This moment as a picture, under a name that says which.

use super::easel::Easel;
use crate::explainers::export::{self, Wish};
use crate::web::browser;
use crate::web::desk::Desk;

/// Saves the picture of this moment as the page shows it, twice as sharp, under this name. What came of it, in words.
pub async fn save_moment(desk: Desk, name: String) -> String {
    let (screen, room) = desk.screen();
    let width = screen.round() as u32;
    let wish = Wish { width, height: None, room, diagram: None, caption: Vec::new(), plain: true };
    let sheet = desk.shown(|shows| export::sheet(shows, &wish));
    desk.paint();
    let Some(mut sheet) = sheet else { return String::new() };
    (sheet.width, sheet.height, sheet.scale) = (sheet.width * 2, sheet.height * 2, sheet.scale * 2.0);
    let blob = match Easel::new(sheet.width, sheet.height) {
        Some(easel) => {
            easel.draw(&sheet, browser::theme());
            easel.png().await
        }
        None => None,
    };
    match blob.map(|blob| browser::save_file(&name, &blob)) {
        Some(true) => format!("{name} is saved: put it beside your text."),
        _ => "The browser did not take the file. Files may be off in this frame: open the page by itself.".into(),
    }
}
