//! Lettering: titles, taglines and credits set over a scene.

use std::fmt::Write;

use super::{Scene, svg};
use crate::titles::{self, Film};

/// How a poster's letters are set.
struct Lettering {
    /// Baseline of the first title line, as a share of the height.
    top: f64,
    anchor: &'static str,
    family: &'static str,
    weight: u32,
    size: f64,
    spacing: f64,
    colour: &'static str,
}

/// One look for each film, in the films' order.
const LOOKS: [Lettering; 12] = [
    look(0.70, "middle", "Cantarell", 800, 96.0, 8.0, "#fff4dc"),
    look(0.16, "start", "DejaVu Serif", 400, 82.0, -1.0, "#ffe2a8"),
    look(0.14, "middle", "Cantarell", 300, 84.0, 22.0, "#f6fffb"),
    look(0.70, "start", "Cantarell", 800, 112.0, -4.0, "#fdf3e3"),
    look(0.13, "middle", "Cantarell", 700, 64.0, 12.0, "#0d2b3e"),
    look(0.15, "middle", "Cantarell", 400, 62.0, 16.0, "#1c1a2e"),
    look(0.62, "end", "Cantarell", 800, 84.0, 4.0, "#ffdb4d"),
    look(0.15, "middle", "DejaVu Serif", 700, 72.0, 8.0, "#3a1508"),
    look(0.70, "start", "Cantarell", 800, 84.0, -2.0, "#ffffff"),
    look(0.30, "middle", "Cantarell", 800, 128.0, 18.0, "#eafff6"),
    look(0.40, "middle", "DejaVu Serif", 400, 62.0, 0.0, "#3b2a1a"),
    look(0.16, "middle", "Cantarell", 300, 66.0, 14.0, "#17324a"),
];

const fn look(
    top: f64,
    anchor: &'static str,
    family: &'static str,
    weight: u32,
    size: f64,
    spacing: f64,
    colour: &'static str,
) -> Lettering {
    Lettering {
        top,
        anchor,
        family,
        weight,
        size,
        spacing,
        colour,
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Lines of a title, then a tagline under them.
fn title(look: &Lettering, lines: &[&str], tagline: &str, (w, h): (f64, f64)) -> String {
    let x = match look.anchor {
        "start" => w * 0.08,
        "end" => w * 0.92,
        _ => w / 2.0,
    };
    let Lettering {
        anchor,
        family,
        weight,
        size,
        spacing,
        colour,
        ..
    } = look;
    let mut out = String::new();
    let mut y = h * look.top;
    for line in lines {
        // Writing to a string cannot fail.
        write!(out, r#"<text x="{x}" y="{y}" text-anchor="{anchor}" font-family="{family}" font-weight="{weight}" font-size="{size}" letter-spacing="{spacing}" fill="{colour}">{}</text>"#, escape(line)).ok();
        y += size * 0.98;
    }
    y -= size * 0.98;
    y += 44.0;
    write!(out, r#"<text x="{x}" y="{y}" text-anchor="{anchor}" font-family="Cantarell" font-weight="400" font-size="23" letter-spacing="1.5" fill="{colour}" opacity="0.86">{}</text>"#, escape(tagline)).ok();
    out
}

/// The block of credits at the foot, on a soft shadow.
fn credits(people: [&str; 3], year: i32, colour: &str, (w, h): (f64, f64)) -> String {
    let [director, first, second] = people.map(str::to_uppercase);
    let x = w / 2.0;
    let line = |y: f64, size: f64, text: &str| {
        format!(
            r#"<text x="{x}" y="{y}" text-anchor="middle" font-family="Cantarell" font-weight="400" font-size="{size}" letter-spacing="2.4" fill="{colour}" opacity="0.74">{}</text>"#,
            escape(text)
        )
    };
    line(h - 62.0, 16.0, &format!("{first}   ·   {second}"))
        + &line(
            h - 36.0,
            13.0,
            &format!("A FILM BY {director}   ·   {year}"),
        )
}

#[expect(clippy::cast_lossless, reason = "sizes of pictures")]
fn float((w, h): (u32, u32)) -> (f64, f64) {
    (w as f64, h as f64)
}

pub(super) fn film(film: &Film, index: usize, size: (u32, u32)) -> String {
    let look = &LOOKS[index % LOOKS.len()];
    let area = float(size);
    let foot = film.scene.ink();
    let over =
        title(look, film.lines, film.tagline, area) + &credits(film.people, film.year, foot, area);
    svg(film.scene, 0, size, &over)
}

pub(super) fn show(size: (u32, u32)) -> String {
    let look = look(0.13, "middle", "Cantarell", 300, 58.0, 10.0, "#f3efff");
    let lines = ["THE NIGHT", "OBSERVATORY"];
    let over = title(&look, &lines, "Nobody looks down", float(size));
    svg(Scene::Observatory, 0, size, &over)
}

pub(super) fn season(number: usize, size: (u32, u32)) -> String {
    let look = look(0.15, "middle", "Cantarell", 300, 62.0, 12.0, "#f3efff");
    let name = format!("SEASON {number}");
    let over = title(&look, &[&name], titles::SHOW, float(size));
    svg(
        Scene::Observatory,
        u32::try_from(number * 10).unwrap_or(0),
        size,
        &over,
    )
}

pub(super) fn cover(size: (u32, u32)) -> String {
    let look = look(0.82, "start", "Cantarell", 300, 54.0, 4.0, "#fff6ea");
    let over = title(&look, &[titles::ALBUM], titles::ARTIST, float(size));
    svg(Scene::Tide, 0, size, &over)
}
