//! The places, line by line. Pure, but for the surface that they are drawn on.

use std::f64::consts::{PI, TAU};

use gtk::cairo::{Context, LinearGradient, RadialGradient};

use super::Drawn;

type Rgb = (f64, f64, f64);
type Size = (f64, f64);

/// A number between 0 and 1 that belongs to this one: the same each time, and like no other's.
fn chance(of: u32) -> f64 {
    let mixed = of.wrapping_mul(2_654_435_761) ^ (of << 13);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519);
    f64::from((mixed ^ (mixed >> 13)) & 0xffff) / 65_535.0
}

fn sky(cr: &Context, (_, height): Size, colours: &[Rgb]) -> Drawn {
    let gradient = LinearGradient::new(0.0, 0.0, 0.0, height);
    for (at, (r, g, b)) in colours.iter().enumerate() {
        let place = at as f64 / (colours.len() - 1) as f64;
        gradient.add_color_stop_rgb(place, *r, *g, *b);
    }
    cr.set_source(&gradient)?;
    cr.paint()
}

fn stars(cr: &Context, (width, height): Size, below: f64, time: f64) -> Drawn {
    let unit = width.min(height);
    for star in 0..70 {
        let (x, y) = (chance(star) * width, chance(star + 1000) * height * below);
        let twinkle = 0.55 + 0.45 * (time * 1.3 + f64::from(star)).sin();
        cr.set_source_rgba(1.0, 1.0, 0.95, twinkle * (0.3 + 0.5 * chance(star + 2000)));
        cr.arc(
            x,
            y,
            unit * 0.0012 + unit * 0.0025 * chance(star + 3000),
            0.0,
            TAU,
        );
        cr.fill()?;
    }
    Ok(())
}

/// A disc with light around it.
fn light(cr: &Context, (x, y): (f64, f64), radius: f64, (r, g, b): Rgb, wide: f64) -> Drawn {
    let glow = RadialGradient::new(x, y, radius * 0.6, x, y, radius * wide);
    glow.add_color_stop_rgba(0.0, r, g, b, 0.5);
    glow.add_color_stop_rgba(0.3, r, g, b, 0.2);
    glow.add_color_stop_rgba(0.6, r, g, b, 0.06);
    glow.add_color_stop_rgba(1.0, r, g, b, 0.0);
    cr.set_source(&glow)?;
    cr.arc(x, y, radius * wide, 0.0, TAU);
    cr.fill()?;
    cr.set_source_rgb(r, g, b);
    cr.arc(x, y, radius, 0.0, TAU);
    cr.fill()
}

/// A ferry under the moon.
pub(super) fn sea(cr: &Context, size: Size, time: f64) -> Drawn {
    let (width, height) = size;
    let (unit, horizon) = (width.min(height), height * 0.62);
    sky(
        cr,
        size,
        &[
            (0.03, 0.05, 0.16),
            (0.10, 0.13, 0.34),
            (0.36, 0.28, 0.48),
            (0.16, 0.18, 0.34),
        ],
    )?;
    stars(cr, size, 0.55, time)?;
    let moon = (width * 0.68, height * (0.27 - 0.002 * time));
    light(cr, moon, unit * 0.085, (0.99, 0.95, 0.84), 4.0)?;
    let water = LinearGradient::new(0.0, horizon, 0.0, height);
    water.add_color_stop_rgb(0.0, 0.13, 0.15, 0.33);
    water.add_color_stop_rgb(1.0, 0.03, 0.04, 0.12);
    cr.set_source(&water)?;
    cr.rectangle(0.0, horizon, width, height - horizon);
    cr.fill()?;
    for line in 0..26 {
        let depth = f64::from(line) / 26.0;
        let y = horizon + (height - horizon) * depth * depth + unit * 0.004;
        let sway = (time * 1.4 + f64::from(line) * 1.9).sin();
        let long = unit * (0.05 + 0.22 * depth) * (0.65 + 0.35 * sway);
        cr.set_source_rgba(0.99, 0.93, 0.78, 0.5 - 0.36 * depth);
        cr.rectangle(
            moon.0 - long / 2.0 + sway * unit * 0.02,
            y,
            long,
            unit * (0.003 + 0.006 * depth),
        );
        cr.fill()?;
    }
    ferry(cr, (width * (0.12 + 0.03 * time), horizon), unit, time)
}

fn ferry(cr: &Context, (x, horizon): (f64, f64), unit: f64, time: f64) -> Drawn {
    let y = horizon + unit * (0.035 + 0.004 * (time * 1.1).sin());
    let (long, high) = (unit * 0.34, unit * 0.05);
    cr.set_source_rgb(0.05, 0.05, 0.11);
    cr.move_to(x - long * 0.04, y - high);
    cr.line_to(x + long * 1.04, y - high);
    cr.line_to(x + long * 0.93, y + high * 0.4);
    cr.line_to(x + long * 0.05, y + high * 0.4);
    cr.close_path();
    cr.rectangle(x + long * 0.12, y - high * 1.9, long * 0.68, high);
    cr.rectangle(x + long * 0.24, y - high * 2.7, long * 0.4, high);
    cr.rectangle(x + long * 0.46, y - high * 3.7, long * 0.09, high * 1.2);
    cr.fill()?;
    for window in 0..9u32 {
        let lit = 0.75 + 0.25 * (time * 0.9 + f64::from(window) * 2.1).sin();
        let at = x + long * (0.16 + 0.07 * f64::from(window));
        cr.set_source_rgba(1.0, 0.82, 0.46, lit);
        cr.rectangle(at, y - high * 1.6, long * 0.035, high * 0.4);
        cr.fill()?;
        cr.set_source_rgba(1.0, 0.78, 0.4, 0.16 * lit);
        let sway = (time * 2.0 + f64::from(window)).sin() * unit * 0.004;
        cr.rectangle(at + sway, y + high * 0.6, long * 0.03, high * 1.6);
        cr.fill()?;
    }
    Ok(())
}

/// Hills in the morning.
pub(super) fn hills(cr: &Context, size: Size, time: f64) -> Drawn {
    const LAYERS: [Rgb; 4] = [
        (0.62, 0.55, 0.62),
        (0.42, 0.44, 0.55),
        (0.22, 0.34, 0.42),
        (0.09, 0.20, 0.25),
    ];
    let (width, height) = size;
    let unit = width.min(height);
    sky(
        cr,
        size,
        &[
            (0.33, 0.55, 0.68),
            (0.80, 0.76, 0.72),
            (0.99, 0.79, 0.58),
            (0.98, 0.66, 0.48),
        ],
    )?;
    let sun = (width * 0.36, height * (0.56 - 0.014 * time));
    light(cr, sun, unit * 0.09, (1.0, 0.93, 0.72), 4.5)?;
    for cloud in 0..5u32 {
        let speed = 0.008 + 0.007 * chance(cloud + 9);
        let x = (chance(cloud) * 1.3 + speed * time).rem_euclid(1.4) - 0.2;
        let y = height * (0.10 + 0.26 * chance(cloud + 5));
        cr.set_source_rgba(1.0, 0.97, 0.93, 0.35);
        for puff in 0..4u32 {
            let (at, up) = (f64::from(puff), chance(cloud * 7 + puff));
            let radius = unit * (0.028 + 0.022 * up);
            cr.new_sub_path();
            cr.arc(
                x * width + at * unit * 0.045,
                y - up * unit * 0.016,
                radius,
                0.0,
                TAU,
            );
        }
        cr.fill()?;
    }
    for (layer, (r, g, b)) in LAYERS.into_iter().enumerate() {
        let depth = layer as f64;
        let base = height * (0.60 + 0.105 * depth);
        cr.set_source_rgb(r, g, b);
        cr.move_to(0.0, height);
        for step in 0..=48 {
            let x = f64::from(step) / 48.0;
            let drift = x * (3.2 + depth) + depth * 2.3 + time * 0.02 * (depth + 1.0);
            let rise = drift.sin() * 0.6 + (drift * 2.3 + depth).sin() * 0.3;
            cr.line_to(x * width, base - unit * 0.075 * rise);
        }
        cr.line_to(width, height);
        cr.close_path();
        cr.fill()?;
    }
    Ok(())
}

/// Small worlds around a sun.
pub(super) fn orbits(cr: &Context, size: Size, time: f64) -> Drawn {
    /// Distance, size, speed and colour of each.
    const WORLDS: [(f64, f64, f64, Rgb); 4] = [
        (0.19, 0.020, 1.10, (0.93, 0.72, 0.48)),
        (0.29, 0.034, 0.72, (0.44, 0.74, 0.78)),
        (0.41, 0.028, 0.47, (0.86, 0.46, 0.50)),
        (0.56, 0.048, 0.30, (0.72, 0.66, 0.90)),
    ];
    let (width, height) = size;
    let unit = width.min(height);
    sky(
        cr,
        size,
        &[(0.10, 0.05, 0.17), (0.20, 0.09, 0.27), (0.09, 0.06, 0.20)],
    )?;
    stars(cr, size, 1.0, time)?;
    let (x, y) = (width * 0.5, height * 0.44);
    light(cr, (x, y), unit * 0.085, (1.0, 0.86, 0.52), 3.6)?;
    let stretch = (width / unit * 0.82).min(1.35);
    for (far, large, speed, (r, g, b)) in WORLDS {
        cr.save()?;
        cr.translate(x, y);
        cr.rotate(-0.18);
        cr.scale(stretch, 0.46);
        cr.arc(0.0, 0.0, unit * far, 0.0, TAU);
        cr.restore()?;
        cr.set_source_rgba(1.0, 1.0, 1.0, 0.16);
        cr.set_line_width(unit * 0.003);
        cr.stroke()?;
        let turn = time * speed + far * 17.0;
        let (along, across) = (
            turn.cos() * unit * far * stretch,
            turn.sin() * unit * far * 0.46,
        );
        let at = (
            x + along * 0.18f64.cos() + across * 0.18f64.sin(),
            y - along * 0.18f64.sin() + across * 0.18f64.cos(),
        );
        let radius = unit * large * (1.0 + 0.25 * turn.sin());
        world(cr, at, radius, (r, g, b), far > 0.5)?;
    }
    Ok(())
}

/// A ball in the light, perhaps with a ring.
fn world(cr: &Context, (x, y): (f64, f64), radius: f64, (r, g, b): Rgb, ring: bool) -> Drawn {
    let bright = |part: f64| (part + 0.15).min(1.0);
    let ball = RadialGradient::new(x, y, radius * 0.1, x, y, radius);
    ball.add_color_stop_rgb(0.0, bright(r), bright(g), bright(b));
    ball.add_color_stop_rgb(1.0, r * 0.55, g * 0.55, b * 0.6);
    cr.set_source(&ball)?;
    cr.arc(x, y, radius, 0.0, TAU);
    cr.fill()?;
    if !ring {
        return Ok(());
    }
    cr.save()?;
    cr.translate(x, y);
    cr.rotate(-0.35);
    cr.scale(1.0, 0.28);
    cr.arc(0.0, 0.0, radius * 1.75, 0.0, PI);
    cr.restore()?;
    cr.set_source_rgba(0.95, 0.9, 1.0, 0.7);
    cr.set_line_width(radius * 0.19);
    cr.stroke()
}

/// A street at night, perhaps in the rain.
pub(super) fn city(cr: &Context, size: Size, time: f64, rain: bool) -> Drawn {
    let (width, height) = size;
    let unit = width.min(height);
    match rain {
        true => sky(
            cr,
            size,
            &[(0.07, 0.11, 0.17), (0.16, 0.24, 0.31), (0.24, 0.31, 0.36)],
        )?,
        false => sky(
            cr,
            size,
            &[(0.05, 0.05, 0.15), (0.17, 0.12, 0.30), (0.48, 0.26, 0.36)],
        )?,
    }
    if !rain {
        stars(cr, size, 0.5, time)?;
    }
    for row in 0..2u32 {
        houses(cr, size, row, time)?;
    }
    let glow = LinearGradient::new(0.0, height * 0.92, 0.0, height);
    glow.add_color_stop_rgb(0.0, 0.07, 0.07, 0.11);
    glow.add_color_stop_rgb(1.0, 0.13, 0.12, 0.15);
    cr.set_source(&glow)?;
    cr.rectangle(0.0, height * 0.92, width, height * 0.08);
    cr.fill()?;
    let lamp = (width * 0.24, height * 0.66);
    cr.set_source_rgb(0.04, 0.04, 0.07);
    cr.rectangle(
        lamp.0 - unit * 0.005,
        lamp.1,
        unit * 0.01,
        height * 0.95 - lamp.1,
    );
    cr.fill()?;
    let flicker = 0.94 + 0.06 * (time * 5.0).sin();
    light(cr, lamp, unit * 0.022, (flicker, 0.84 * flicker, 0.52), 7.0)?;
    if !rain {
        return Ok(());
    }
    cr.set_source_rgba(0.8, 0.88, 0.95, 0.3);
    cr.set_line_width(unit * 0.003);
    for drop in 0..90u32 {
        let fall = (chance(drop + 70) + time * (0.8 + 0.5 * chance(drop + 300))).fract();
        let (x, y) = (
            chance(drop) * width * 1.1,
            fall * height * 1.1 - height * 0.05,
        );
        cr.move_to(x, y);
        cr.line_to(x - unit * 0.008, y + unit * 0.045);
    }
    cr.stroke()
}

/// A row of houses with their windows; the nearer one is darker and larger.
fn houses(cr: &Context, (width, height): Size, row: u32, time: f64) -> Drawn {
    let unit = width.min(height);
    let near = f64::from(row);
    let (broad, pane) = (unit * (0.19 + 0.07 * near), unit * (0.018 + 0.007 * near));
    let shade = 0.13 - 0.07 * near;
    let mut house = row * 50;
    let mut x = -broad * 0.4 * (near + 1.0);
    while x < width {
        let wide = broad * (0.75 + 0.5 * chance(house));
        let top = height * (0.36 + 0.17 * near + 0.22 * chance(house + 11));
        cr.set_source_rgb(shade, shade, shade + 0.06);
        cr.rectangle(x, top, wide, height - top);
        cr.fill()?;
        let (columns, rows) = (
            (wide / (pane * 2.4)) as u32,
            ((height * 0.9 - top) / (pane * 3.0)) as u32,
        );
        for window in 0..columns * rows {
            let id = house * 991 + window;
            // Somebody goes to bed, and somebody gets up.
            let awake = chance(id) + 0.22 * (time * 0.25 + chance(id + 5) * TAU).sin();
            if awake < 0.62 {
                continue;
            }
            let warm = chance(id + 3);
            cr.set_source_rgba(
                1.0,
                0.76 + 0.16 * warm,
                0.42 + 0.3 * warm,
                ((awake - 0.62) * 6.0).min(0.9),
            );
            let (column, line) = (f64::from(window % columns), f64::from(window / columns));
            let left = x + (wide - f64::from(columns) * pane * 2.4) / 2.0 + pane * 0.7;
            cr.rectangle(
                left + column * pane * 2.4,
                top + pane * 1.4 + line * pane * 3.0,
                pane,
                pane * 1.5,
            );
            cr.fill()?;
        }
        x += wide;
        house += 1;
    }
    Ok(())
}
