//! Scenes built on one large form: a spool, moons, a globe, doors, an island, a dome, arches.

use std::f64::consts::TAU;
use std::fmt::Write;

use crate::art::canvas::{Canvas, ridge};

pub(super) fn spool(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#2b1b3d", "#c8553d", "#f2b56b");
    let (x, y, r) = (w * 0.5, h * 0.36, h.min(w * 1.2) * 0.3);
    c.glow(x, y, r * 1.15, "#ffd9a0", 0.55);
    c.disc(x, y, r, "#f7e3bd", 1.0);
    c.ring(x, y, r * 0.93, "#2b1b3d", r * 0.02, 0.5);
    for hole in 0..5 {
        let angle = TAU * (f64::from(hole) / 5.0 - 0.25);
        c.disc(
            x + angle.cos() * r * 0.58,
            y + angle.sin() * r * 0.58,
            r * 0.22,
            "#c8553d",
            1.0,
        );
    }
    c.disc(x, y, r * 0.13, "#2b1b3d", 1.0);
    c.disc(x, y, r * 0.05, "#f7e3bd", 1.0);
    c.land("#7a2e35", 1.0, |x| 0.60 + ridge(x, 2.0, 0.03));
    c.land("#3d1a2c", 1.0, |x| 0.66 + ridge(x, 5.3, 0.015));
    c.land("#1d0f1e", 1.0, |x| 0.74 + (x - 0.5).powi(2) * 0.1);
    // The road is a strip of film.
    let road = |share: f64, half: f64| {
        (
            w * 0.5 + half * w * (0.02 + share * 0.36),
            h * (0.745 + share * 0.255),
        )
    };
    c.shape(
        &[
            road(0.0, -1.0),
            road(0.0, 1.0),
            road(1.0, 1.0),
            road(1.0, -1.0),
        ],
        "#0b0710",
        1.0,
    );
    for step in 0..14 {
        let share = (f64::from(step) / 14.0).powi(2);
        for side in [-0.84, 0.84] {
            let (x, y) = road(share, side);
            let size = 3.0 + share * w * 0.028;
            c.block(x - size / 2.0, y, size, size * 0.55, "#f2b56b", 0.85);
        }
    }
    c.shadow("#0b0710");
}

pub(super) fn moons(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#1b1140", "#5b2a86", "#f06c7a");
    c.stars(23, 60, 0.9);
    let hung = [
        (0.18, 0.22, 0.09),
        (0.42, 0.38, 0.16),
        (0.70, 0.18, 0.11),
        (0.86, 0.46, 0.07),
        (0.62, 0.60, 0.06),
        (0.13, 0.56, 0.055),
    ];
    for (index, (x, y, r)) in hung.into_iter().enumerate() {
        let (x, y, r) = (x * w, y * h, r * w.min(h));
        c.line((x, 0.0), (x, y - r), "#fdf3e3", 1.3, 0.6);
        c.glow(x, y, r * 1.1, "#ffe6bd", 0.35);
        c.disc(x, y, r, "#fdf3e3", 1.0);
        if index % 2 == 0 {
            c.disc(x + r * 0.42, y - r * 0.1, r * 0.86, "#4b2478", 1.0);
        } else {
            c.ring(x, y, r * 0.72, "#e9cfa6", 2.0, 0.7);
            c.disc(x - r * 0.3, y + r * 0.2, r * 0.17, "#e9cfa6", 0.8);
            c.disc(x + r * 0.25, y - r * 0.3, r * 0.11, "#e9cfa6", 0.8);
        }
    }
    c.land("#2a1250", 0.95, |x| 0.86 + (x * 9.0).sin() * 0.02);
    c.shadow("#12082a");
}

pub(super) fn meridian(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#f4efe6", "#ecdcc8", "#d96c4f");
    let (x, y, r) = (w * 0.5, h * 0.52, w.min(h) * 0.36);
    c.disc(x, y, r, "#1c1a2e", 1.0);
    for step in 1..6 {
        let rx = r * (f64::from(step) / 6.0 * TAU / 4.0).sin();
        c.add(format_args!(r##"<ellipse cx="{x}" cy="{y}" rx="{rx:.1}" ry="{r}" fill="none" stroke="#f4efe6" stroke-width="1.6" opacity="0.55"/>"##));
        let dy = r * (f64::from(step) / 3.0 - 1.0);
        let half = (r * r - dy * dy).max(0.0).sqrt();
        c.line((x - half, y + dy), (x + half, y + dy), "#f4efe6", 1.6, 0.35);
    }
    c.line((x, y - r * 1.35), (x, y + r * 1.35), "#ff5a36", 5.0, 1.0);
    c.disc(x, y - r * 0.4, 9.0, "#ff5a36", 1.0);
    c.shadow("#7c2f22");
}

pub(super) fn floors(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#0c0c12", "#15151f", "#0c0c12");
    for step in 0..9 {
        let share = 0.78_f64.powi(step);
        let (bw, bh) = (w * 0.86 * share, h * 0.86 * share);
        let (x, y) = ((w - bw) / 2.0, h * 0.45 - bh / 2.0);
        let light = 18 + step * 9;
        let fill = format!(
            "rgb({},{},{})",
            light * 2,
            light + light / 2,
            light / 2 + 14
        );
        c.block(x, y, bw, bh, &fill, 1.0);
        c.line((x, y + bh), (x + bw, y + bh), "#ffdb4d", 1.5, 0.5);
    }
    c.glow(w * 0.5, h * 0.45, w * 0.07, "#ffdb4d", 0.95);
    let (fx, fy, fh) = (w * 0.5, h * 0.545, h * 0.12);
    c.disc(fx, fy - fh, fh * 0.12, "#0c0c12", 1.0);
    c.shape(
        &[
            (fx - fh * 0.16, fy),
            (fx - fh * 0.12, fy - fh * 0.85),
            (fx + fh * 0.12, fy - fh * 0.85),
            (fx + fh * 0.16, fy),
        ],
        "#0c0c12",
        1.0,
    );
    c.shadow("#050508");
}

pub(super) fn contours(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#efe2c6", "#e6d3ad", "#d8bf90");
    for step in 0..15_u8 {
        let share = 1.0 - f64::from(step) / 15.0;
        let mut path = String::new();
        for point in 0..=120_u8 {
            let angle = TAU * f64::from(point) / 120.0;
            let shore = 1.0
                + 0.16 * (angle * 3.0 + 0.7).sin()
                + 0.08 * (angle * 5.0 + share * 2.0).cos()
                + 0.04 * (angle * 9.0).sin();
            let r = w.min(h) * 0.56 * share * shore;
            let (x, y) = (w * 0.5 + angle.cos() * r, h * 0.46 + angle.sin() * r * 1.05);
            write!(path, "{}{x:.1} {y:.1} ", if point == 0 { 'M' } else { 'L' }).ok();
        }
        let fill = if step < 4 { "#8fb8b5" } else { "#dcb77e" };
        c.add(format_args!(r##"<path d="{path}Z" fill="{fill}" fill-opacity="0.14" stroke="#6d4c2f" stroke-width="{}" opacity="0.8"/>"##, if step % 4 == 0 { 2.4 } else { 1.1 }));
    }
    let (x, y) = (w * 0.83, h * 0.84);
    c.ring(x, y, w.min(h) * 0.06, "#6d4c2f", 1.6, 0.8);
    let s = w.min(h) * 0.085;
    c.shape(
        &[(x, y - s), (x + s * 0.16, y), (x, y + s), (x - s * 0.16, y)],
        "#a63d2f",
        0.95,
    );
    c.shape(
        &[(x - s, y), (x, y - s * 0.16), (x + s, y), (x, y + s * 0.16)],
        "#6d4c2f",
        0.8,
    );
}

pub(super) fn observatory(c: &mut Canvas, shade: u32) {
    let (w, h) = (c.w, c.h);
    let skies = [
        ["#0b0a26", "#2c2266", "#7a4b8f"],
        ["#06142e", "#174a6e", "#e0915f"],
        ["#120722", "#4a1d5c", "#c85a7c"],
        ["#04171c", "#10504f", "#7fb08a"],
    ];
    let [top, middle, bottom] = skies[(shade % 4) as usize];
    c.sky(top, middle, bottom);
    let turn = f64::from(shade) * 0.4;
    let pole = (w * (0.5 + 0.18 * turn.sin()), h * 0.32);
    let noise = crate::pattern::bytes(u64::from(shade) + 77, 0, 180);
    for trail in noise.chunks(3) {
        let r = f64::from(trail[0]) / 255.0 * w.max(h) * 0.62 + 8.0;
        let from = f64::from(trail[1]) / 255.0 * TAU;
        let to = from + 0.25 + f64::from(trail[2]) / 255.0 * 0.35;
        let at = |angle: f64| (pole.0 + angle.cos() * r, pole.1 + angle.sin() * r);
        let ((x1, y1), (x2, y2)) = (at(from), at(to));
        c.add(format_args!(r##"<path d="M {x1:.1} {y1:.1} A {r:.1} {r:.1} 0 0 1 {x2:.1} {y2:.1}" fill="none" stroke="#ffffff" stroke-width="1.5" opacity="{:.2}" stroke-linecap="round"/>"##, 0.25 + f64::from(trail[2] % 5) * 0.11));
    }
    c.land("#0d0b1e", 1.0, |x| 0.80 + ridge(x, 1.9 + turn, 0.03));
    let (x, y, r) = (w * 0.5, h * 0.74, w.min(h) * 0.2);
    c.add(format_args!(
        r##"<path d="M {:.1} {y:.1} A {r:.1} {r:.1} 0 0 1 {:.1} {y:.1} Z" fill="#d9d4ea"/>"##,
        x - r,
        x + r
    ));
    c.add(format_args!(r##"<path d="M {x:.1} {y:.1} L {:.1} {:.1} A {r:.1} {r:.1} 0 0 1 {:.1} {:.1} Z" fill="#171233"/>"##, x + r * 0.10, y - r * 0.995, x + r * 0.42, y - r * 0.907));
    c.block(x - r * 0.94, y, r * 1.88, h * 0.13, "#a59fc4", 1.0);
    c.block(
        x - r * 0.12,
        y + h * 0.05,
        r * 0.24,
        h * 0.08,
        "#ffcf6b",
        1.0,
    );
    c.land("#080614", 1.0, |x| 0.865 + (x * 6.0).sin() * 0.008);
}

pub(super) fn tide(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#ffb88a", "#c4587a", "#2a2a6c");
    for step in 0..7 {
        let share = 1.0 - f64::from(step) / 7.0;
        let (half, top) = (w * 0.44 * share, h * (0.86 - 0.74 * share));
        let x = w * 0.5;
        let fill = if step % 2 == 0 { "#ffffff" } else { "#1d1b52" };
        c.add(format_args!(r#"<path d="M {:.1} {h:.1} V {:.1} A {half:.1} {half:.1} 0 0 1 {:.1} {:.1} V {h:.1} Z" fill="{fill}" opacity="0.13"/>"#, x - half, top + half, x + half, top + half));
    }
    c.disc(w * 0.5, h * 0.55, w * 0.07, "#ffe3b8", 0.95);
    for row in 0..7_u8 {
        let row = f64::from(row);
        c.land("#1d1b52", 0.22, move |x| {
            0.62 + row * 0.055 + ((x * 2.0 + row * 0.23) * TAU).sin() * 0.012
        });
    }
}
