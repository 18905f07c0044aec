//! A picture being drawn: simple shapes, written as SVG.

use std::fmt::Write;

/// A picture being drawn.
pub(super) struct Canvas {
    pub(super) w: f64,
    pub(super) h: f64,
    pub(super) out: String,
}

impl Canvas {
    pub(super) fn add(&mut self, shape: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        self.out.write_fmt(shape).ok();
    }

    /// A sky of three colours, top to bottom.
    pub(super) fn sky(&mut self, top: &str, middle: &str, bottom: &str) {
        let (w, h) = (self.w, self.h);
        self.add(format_args!(r#"<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{top}"/><stop offset="0.55" stop-color="{middle}"/><stop offset="1" stop-color="{bottom}"/></linearGradient><filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="18"/></filter></defs><rect width="{w}" height="{h}" fill="url(#sky)"/>"#));
    }

    pub(super) fn disc(&mut self, x: f64, y: f64, r: f64, fill: &str, opacity: f64) {
        self.add(format_args!(
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{r:.1}" fill="{fill}" opacity="{opacity}"/>"#
        ));
    }

    pub(super) fn glow(&mut self, x: f64, y: f64, r: f64, fill: &str, opacity: f64) {
        self.add(format_args!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="{r:.1}" fill="{fill}" opacity="{opacity}" filter="url(#soft)"/>"#));
    }

    pub(super) fn ring(&mut self, x: f64, y: f64, r: f64, stroke: &str, width: f64, opacity: f64) {
        self.add(format_args!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="{r:.1}" fill="none" stroke="{stroke}" stroke-width="{width:.1}" opacity="{opacity}"/>"#));
    }

    pub(super) fn line(
        &mut self,
        from: (f64, f64),
        to: (f64, f64),
        stroke: &str,
        width: f64,
        opacity: f64,
    ) {
        self.add(format_args!(r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke="{stroke}" stroke-width="{width:.1}" opacity="{opacity}" stroke-linecap="round"/>"#, from.0, from.1, to.0, to.1));
    }

    pub(super) fn shape(&mut self, points: &[(f64, f64)], fill: &str, opacity: f64) {
        let text: String = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1} "))
            .collect();
        self.add(format_args!(
            r#"<polygon points="{text}" fill="{fill}" opacity="{opacity}"/>"#
        ));
    }

    pub(super) fn block(&mut self, x: f64, y: f64, w: f64, h: f64, fill: &str, opacity: f64) {
        self.shape(
            &[(x, y), (x + w, y), (x + w, y + h), (x, y + h)],
            fill,
            opacity,
        );
    }

    /// Land or water: everything below the curve `height(0..1)`, given as shares of the picture.
    pub(super) fn land(&mut self, fill: &str, opacity: f64, height: impl Fn(f64) -> f64) {
        let (w, h) = (self.w, self.h);
        let mut points: Vec<_> = (0..=96)
            .map(|i| f64::from(i) / 96.0)
            .map(|x| (x * w, height(x) * h))
            .collect();
        points.extend([(w, h), (0.0, h)]);
        self.shape(&points, fill, opacity);
    }

    /// Small stars at places that depend on nothing but `seed`.
    pub(super) fn stars(&mut self, seed: u64, count: usize, lowest: f64) {
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
    pub(super) fn shadow(&mut self, colour: &str) {
        let (w, h) = (self.w, self.h);
        self.add(format_args!(r#"<defs><linearGradient id="foot" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{colour}" stop-opacity="0"/><stop offset="1" stop-color="{colour}" stop-opacity="0.85"/></linearGradient></defs><rect y="{:.1}" width="{w}" height="{:.1}" fill="url(#foot)"/>"#, h * 0.72, h * 0.28));
    }
}

/// A ridge: two waves and a jagged one over each other.
pub(super) fn ridge(x: f64, seed: f64, rough: f64) -> f64 {
    let jag = ((x * 7.0 + seed).fract() - 0.5).abs() * 2.0;
    ((x * 4.0 + seed) * 1.7).sin() * 0.035 + ((x * 9.0 + seed) * 1.3).sin() * 0.018 - jag * rough
}
