//! The scenes, each drawn for any size from simple shapes.

use std::f64::consts::TAU;
use std::fmt::Write;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scene {
    /// A film spool rising like a sun over a road.
    Spool,
    /// A lighthouse over dark water.
    Harbour,
    /// Trees with crowns of glass.
    Orchard,
    /// Moons hung on threads.
    Moons,
    /// Waves behind waves.
    Waves,
    /// A globe of meridians.
    Meridian,
    /// Doors within doors.
    Floors,
    /// Ridges in red dust.
    Mountains,
    /// A kite over hills.
    Kite,
    /// Northern lights over rails.
    Aurora,
    /// The contour lines of an island.
    Contours,
    /// A mast that sends rings over snow.
    Signal,
    /// A dome under turning stars.
    Observatory,
    /// Arches of a hall under water.
    Tide,
}

/// A picture being drawn.
struct Canvas {
    w: f64,
    h: f64,
    out: String,
}

impl Canvas {
    fn add(&mut self, shape: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        self.out.write_fmt(shape).ok();
    }

    /// A sky of three colours, top to bottom.
    fn sky(&mut self, top: &str, middle: &str, bottom: &str) {
        let (w, h) = (self.w, self.h);
        self.add(format_args!(r#"<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{top}"/><stop offset="0.55" stop-color="{middle}"/><stop offset="1" stop-color="{bottom}"/></linearGradient><filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="18"/></filter></defs><rect width="{w}" height="{h}" fill="url(#sky)"/>"#));
    }

    fn disc(&mut self, x: f64, y: f64, r: f64, fill: &str, opacity: f64) {
        self.add(format_args!(
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{r:.1}" fill="{fill}" opacity="{opacity}"/>"#
        ));
    }

    fn glow(&mut self, x: f64, y: f64, r: f64, fill: &str, opacity: f64) {
        self.add(format_args!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="{r:.1}" fill="{fill}" opacity="{opacity}" filter="url(#soft)"/>"#));
    }

    fn ring(&mut self, x: f64, y: f64, r: f64, stroke: &str, width: f64, opacity: f64) {
        self.add(format_args!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="{r:.1}" fill="none" stroke="{stroke}" stroke-width="{width:.1}" opacity="{opacity}"/>"#));
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64, opacity: f64) {
        self.add(format_args!(r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke="{stroke}" stroke-width="{width:.1}" opacity="{opacity}" stroke-linecap="round"/>"#, from.0, from.1, to.0, to.1));
    }

    fn shape(&mut self, points: &[(f64, f64)], fill: &str, opacity: f64) {
        let text: String = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1} "))
            .collect();
        self.add(format_args!(
            r#"<polygon points="{text}" fill="{fill}" opacity="{opacity}"/>"#
        ));
    }

    fn block(&mut self, x: f64, y: f64, w: f64, h: f64, fill: &str, opacity: f64) {
        self.shape(
            &[(x, y), (x + w, y), (x + w, y + h), (x, y + h)],
            fill,
            opacity,
        );
    }

    /// Land or water: everything below the curve `height(0..1)`, given as shares of the picture.
    fn land(&mut self, fill: &str, opacity: f64, height: impl Fn(f64) -> f64) {
        let (w, h) = (self.w, self.h);
        let mut points: Vec<_> = (0..=96)
            .map(|i| f64::from(i) / 96.0)
            .map(|x| (x * w, height(x) * h))
            .collect();
        points.extend([(w, h), (0.0, h)]);
        self.shape(&points, fill, opacity);
    }

    /// Small stars at places that depend on nothing but `seed`.
    fn stars(&mut self, seed: u64, count: usize, lowest: f64) {
        let noise = crate::pattern::bytes(seed, 0, count * 5);
        for star in noise.chunks(5) {
            let share = |high: u8, low: u8| f64::from(u16::from_be_bytes([high, low])) / 65536.0;
            let (x, y) = (
                share(star[0], star[1]) * self.w,
                share(star[2], star[3]) * self.h * lowest,
            );
            self.disc(
                x,
                y,
                0.7 + f64::from(star[4] % 4) * 0.4,
                "#ffffff",
                0.35 + f64::from(star[4] % 5) * 0.12,
            );
        }
    }

    /// Darkens the foot, where the credits stand.
    fn shadow(&mut self, colour: &str) {
        let (w, h) = (self.w, self.h);
        self.add(format_args!(r#"<defs><linearGradient id="foot" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{colour}" stop-opacity="0"/><stop offset="1" stop-color="{colour}" stop-opacity="0.85"/></linearGradient></defs><rect y="{:.1}" width="{w}" height="{:.1}" fill="url(#foot)"/>"#, h * 0.72, h * 0.28));
    }
}

/// A ridge: two waves and a jagged one over each other.
fn ridge(x: f64, seed: f64, rough: f64) -> f64 {
    let jag = ((x * 7.0 + seed).fract() - 0.5).abs() * 2.0;
    ((x * 4.0 + seed) * 1.7).sin() * 0.035 + ((x * 9.0 + seed) * 1.3).sin() * 0.018 - jag * rough
}

impl Scene {
    /// Colour of small letters at the picture's foot.
    pub(super) fn ink(self) -> &'static str {
        match self {
            Self::Contours => "#3b2a1a",
            Self::Signal => "#17324a",
            _ => "#ffffff",
        }
    }

    /// Draws it as SVG shapes for a picture of `w` by `h`; `shade` turns the stars, for stills that differ.
    pub(super) fn draw(self, w: f64, h: f64, shade: u32) -> String {
        let mut canvas = Canvas {
            w,
            h,
            out: String::new(),
        };
        match self {
            Self::Spool => spool(&mut canvas),
            Self::Harbour => harbour(&mut canvas),
            Self::Orchard => orchard(&mut canvas),
            Self::Moons => moons(&mut canvas),
            Self::Waves => waves(&mut canvas),
            Self::Meridian => meridian(&mut canvas),
            Self::Floors => floors(&mut canvas),
            Self::Mountains => mountains(&mut canvas),
            Self::Kite => kite(&mut canvas),
            Self::Aurora => aurora(&mut canvas),
            Self::Contours => contours(&mut canvas),
            Self::Signal => signal(&mut canvas),
            Self::Observatory => observatory(&mut canvas, shade),
            Self::Tide => tide(&mut canvas),
        }
        canvas.out
    }
}

fn spool(c: &mut Canvas) {
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

fn harbour(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#06122b", "#123a63", "#2c6e8f");
    c.stars(11, 90, 0.5);
    let lamp = (w * 0.72, h * 0.39);
    for (dx, dy) in [(-1.0, -0.10), (-1.0, 0.12)] {
        let far = |off: f64| (lamp.0 + dx * w, lamp.1 + (dy + off) * w);
        c.shape(&[lamp, far(-0.05), far(0.05)], "#ffe9b0", 0.16);
    }
    c.glow(lamp.0, lamp.1, w * 0.08, "#ffd76e", 0.9);
    let (top, base) = (h * 0.42, h * 0.66);
    c.shape(
        &[
            (w * 0.70, top),
            (w * 0.74, top),
            (w * 0.765, base),
            (w * 0.675, base),
        ],
        "#f4efe4",
        1.0,
    );
    for band in [0.2, 0.55] {
        let y = top + (base - top) * band;
        let half = w * (0.02 + 0.025 * band);
        c.block(w * 0.72 - half, y, half * 2.0, h * 0.035, "#c43b3b", 1.0);
    }
    c.block(w * 0.70, h * 0.372, w * 0.04, h * 0.045, "#ffe9a8", 1.0);
    c.shape(
        &[
            (w * 0.69, h * 0.372),
            (w * 0.75, h * 0.372),
            (w * 0.72, h * 0.345),
        ],
        "#10233e",
        1.0,
    );
    c.land("#0a1a30", 1.0, |x| {
        0.665 - 0.05 * (-((x - 0.78) / 0.22).powi(2)).exp()
    });
    c.block(0.0, h * 0.665, w, h * 0.335, "#0b2a46", 1.0);
    for row in 0..26 {
        let share = f64::from(row) / 26.0;
        let y = h * (0.675 + share * 0.32);
        let sway = (f64::from(row) * 2.1).sin() * w * 0.03;
        let half = w * (0.015 + share * 0.07) * (1.0 - 0.4 * (f64::from(row) * 1.3).cos().abs());
        c.line(
            (lamp.0 + sway - half, y),
            (lamp.0 + sway + half, y),
            "#ffd76e",
            2.5,
            0.55 - share * 0.3,
        );
    }
    for light in 0..9 {
        let x = w * (0.05 + f64::from(light) * 0.062);
        c.disc(x, h * 0.655, 3.0, "#ffcf7a", 0.9);
        c.line(
            (x, h * 0.675),
            (x, h * (0.70 + f64::from(light % 3) * 0.015)),
            "#ffcf7a",
            2.0,
            0.4,
        );
    }
    c.shadow("#04101f");
}

fn orchard(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#0f5257", "#4fb3a2", "#e9f5c6");
    c.glow(w * 0.5, h * 0.52, w * 0.22, "#fffbd6", 0.9);
    c.land("#2d7a66", 1.0, |x| 0.70 + (x * 5.0).sin() * 0.012);
    let tints = ["#ff8fa3", "#8fd3ff", "#ffe08a", "#c9a0ff", "#9dffcb"];
    for row in 0..3 {
        let depth = f64::from(row) / 2.0;
        let ground = h * (0.72 + depth * 0.15);
        let size = h * (0.10 + depth * 0.07);
        for tree in 0..5 {
            let x = w * (f64::from(tree) * 0.25 + depth * 0.06 - 0.03);
            c.line(
                (x, ground),
                (x, ground - size * 1.3),
                "#123c39",
                3.0 + depth * 5.0,
                1.0,
            );
            for crown in 0..5_u8 {
                let angle = TAU * f64::from(crown) / 5.0;
                let tint = tints[(usize::from(crown) + tree as usize) % tints.len()];
                let (cx, cy) = (
                    x + angle.cos() * size * 0.4,
                    ground - size * 1.5 + angle.sin() * size * 0.35,
                );
                c.disc(cx, cy, size * 0.42, tint, 0.42);
                c.ring(cx, cy, size * 0.42, "#ffffff", 1.4, 0.5);
            }
        }
        if row < 2 {
            c.land(["#226354", "#174a41"][row as usize], 1.0, move |x| {
                0.75 + depth * 0.16 + (x * 7.0 + depth * 9.0).sin() * 0.008
            });
        }
    }
    c.shadow("#08211f");
}

fn moons(c: &mut Canvas) {
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

fn waves(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#f7e9cf", "#f3c9a5", "#e8927c");
    c.disc(w * 0.5, h * 0.40, w.min(h) * 0.19, "#e4572e", 1.0);
    let tones = [
        "#7fc8c2", "#4fa3ad", "#2c7f97", "#1d5f7e", "#144663", "#0d2b3e",
    ];
    for (index, tone) in (0_u8..).zip(tones) {
        let row = f64::from(index);
        let base = 0.46 + row * 0.085;
        let wave = move |x: f64| {
            base - ((x * (3.0 + row * 0.6) + row * 0.37) * TAU)
                .sin()
                .abs()
                .sqrt()
                * 0.045
        };
        c.land(tone, 1.0, wave);
        c.land("#ffffff", 0.06, move |x| wave(x) + 0.012);
    }
    c.shadow("#0a1f2e");
}

fn meridian(c: &mut Canvas) {
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

fn floors(c: &mut Canvas) {
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

fn mountains(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#f7c873", "#ef8d4b", "#b5442c");
    c.disc(w * 0.66, h * 0.34, w.min(h) * 0.13, "#fff1c9", 1.0);
    let tones = ["#d9703f", "#b4502f", "#8c3722", "#5e2318", "#35130e"];
    for (index, tone) in (0_u8..).zip(tones) {
        let row = f64::from(index);
        c.land(tone, 1.0, move |x| {
            0.48 + row * 0.10 + ridge(x, row * 2.7 + 0.4, 0.13 - row * 0.02)
        });
    }
    let mine = (w * 0.3, h * 0.72);
    c.shape(
        &[
            (mine.0 - w * 0.05, mine.1),
            (mine.0 - w * 0.012, mine.1 - h * 0.15),
            (mine.0 + w * 0.012, mine.1 - h * 0.15),
            (mine.0 + w * 0.05, mine.1),
        ],
        "#1c0906",
        1.0,
    );
    c.ring(mine.0, mine.1 - h * 0.15, w * 0.03, "#1c0906", 4.0, 1.0);
    c.shadow("#1c0906");
}

fn kite(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#2f8fd6", "#8fd0f0", "#fdf3c4");
    for (x, y, s) in [(0.2, 0.30, 0.10), (0.75, 0.16, 0.13), (0.55, 0.47, 0.08)] {
        for (dx, r) in [(-0.7, 0.5), (0.0, 0.75), (0.7, 0.5)] {
            c.disc(w * x + dx * s * w, h * y, r * s * w, "#ffffff", 0.75);
        }
    }
    let (x, y, s) = (w * 0.42, h * 0.24, w.min(h) * 0.17);
    let (top, right, bottom, left) = (
        (x, y - s),
        (x + s * 0.75, y),
        (x, y + s * 1.25),
        (x - s * 0.75, y),
    );
    c.shape(&[top, right, (x, y)], "#ffcf3f", 1.0);
    c.shape(&[right, bottom, (x, y)], "#f4743b", 1.0);
    c.shape(&[bottom, left, (x, y)], "#d7263d", 1.0);
    c.shape(&[left, top, (x, y)], "#1b998b", 1.0);
    let hand = (w * 0.72, h * 0.77);
    c.add(format_args!(r##"<path d="M {:.1} {:.1} Q {:.1} {:.1} {:.1} {:.1}" fill="none" stroke="#3b2a4a" stroke-width="2.4"/>"##, bottom.0, bottom.1, w * 0.45, h * 0.72, hand.0, hand.1));
    c.land("#8cc152", 1.0, |x| 0.72 + (x * 4.0 + 1.0).sin() * 0.04);
    c.land("#4f9d4a", 1.0, |x| 0.81 - (x * 3.2).sin() * 0.05);
    c.disc(hand.0, hand.1 - h * 0.005, h * 0.012, "#3b2a4a", 1.0);
    c.line(hand, (hand.0, hand.1 + h * 0.045), "#3b2a4a", 7.0, 1.0);
    c.land("#2f6d3a", 1.0, |x| 0.9 + (x * 5.0).sin() * 0.015);
    c.shadow("#123018");
}

fn aurora(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#050b1e", "#0b2740", "#12404d");
    c.stars(37, 120, 0.6);
    for band in 0..3_u8 {
        let tone = ["#3dffb0", "#38d9ff", "#a06bff"][usize::from(band)];
        for ray in 0..44_u8 {
            let x = f64::from(ray) / 43.0;
            let base = 0.48 - f64::from(band) * 0.07
                + ((x * 1.3 + f64::from(band) * 0.3) * TAU).sin() * 0.06;
            let tall = 0.16 + ((x * 7.0 + f64::from(band)) * 2.3).sin().abs() * 0.14;
            c.line(
                (x * w, base * h),
                (x * w + w * 0.02, (base - tall) * h),
                tone,
                w * 0.026,
                0.10,
            );
        }
    }
    c.land("#0a1c2c", 1.0, |x| 0.60 + ridge(x, 1.1, 0.05));
    c.block(0.0, h * 0.66, w, h * 0.34, "#dfeaf0", 0.16);
    c.land("#081320", 0.9, |x| 0.66 + (x - 0.5).abs() * 0.02);
    let rail = |share: f64, side: f64| {
        (
            w * (0.5 + side * (0.006 + share * 0.22)),
            h * (0.662 + share * 0.34),
        )
    };
    for step in 0..16 {
        let share = (f64::from(step) / 15.0).powf(2.2);
        c.line(
            rail(share, -1.35),
            rail(share, 1.35),
            "#6b7f8c",
            1.0 + share * 9.0,
            0.8,
        );
    }
    c.line(rail(0.0, -1.0), rail(1.0, -1.0), "#d7fff0", 3.0, 0.9);
    c.line(rail(0.0, 1.0), rail(1.0, 1.0), "#d7fff0", 3.0, 0.9);
    c.glow(w * 0.5, h * 0.655, w * 0.03, "#fff6cf", 1.0);
    c.disc(w * 0.5, h * 0.655, 4.0, "#fffbe8", 1.0);
    c.shadow("#03070f");
}

fn contours(c: &mut Canvas) {
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

fn signal(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
    c.sky("#dfeaf2", "#c3d6e4", "#f5f8fb");
    let mast = (w * 0.5, h * 0.42);
    for ring in 1..9 {
        let r = f64::from(ring) * w.min(h) * 0.065;
        c.ring(
            mast.0,
            mast.1,
            r,
            "#d7263d",
            3.2,
            0.95 - f64::from(ring) * 0.1,
        );
    }
    c.land("#b3cadb", 1.0, |x| 0.70 + ridge(x, 3.3, 0.03));
    c.land("#d6e4ee", 1.0, |x| 0.76 + (x * 4.0).sin() * 0.02);
    let foot = h * 0.78;
    for side in [-1.0, 1.0] {
        c.line((mast.0 + side * w * 0.05, foot), mast, "#17324a", 4.0, 1.0);
    }
    for step in 1..9 {
        let share = f64::from(step) / 9.0;
        let y = mast.1 + (foot - mast.1) * share;
        let half = w * 0.05 * share;
        c.line(
            (mast.0 - half, y),
            (mast.0 + half, y - h * 0.02),
            "#17324a",
            2.2,
            1.0,
        );
    }
    c.disc(mast.0, mast.1, 9.0, "#d7263d", 1.0);
    c.land("#f5f8fb", 1.0, |x| 0.80 + ((x + 0.2) * 5.0).sin() * 0.018);
    c.stars(51, 130, 1.0);
}

fn observatory(c: &mut Canvas, shade: u32) {
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

fn tide(c: &mut Canvas) {
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
