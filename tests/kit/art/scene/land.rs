//! Landscapes: a harbour, an orchard, waves, mountains, hills, rails under northern lights, a mast in snow.

use std::f64::consts::TAU;

use crate::art::canvas::{Canvas, ridge};

pub(super) fn harbour(c: &mut Canvas) {
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
    far_shore(c);
    c.shadow("#04101f");
}

/// The lights on the other side of the harbour and their traces on the water.
fn far_shore(c: &mut Canvas) {
    let (w, h) = (c.w, c.h);
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
}

pub(super) fn orchard(c: &mut Canvas) {
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

pub(super) fn waves(c: &mut Canvas) {
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

pub(super) fn mountains(c: &mut Canvas) {
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

pub(super) fn kite(c: &mut Canvas) {
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

pub(super) fn aurora(c: &mut Canvas) {
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

pub(super) fn signal(c: &mut Canvas) {
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
