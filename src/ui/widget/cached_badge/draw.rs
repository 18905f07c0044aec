//! The strokes of the badge: paths, so that they are crisp at any scale.

use std::f32::consts::TAU;

use gtk::prelude::*;
use gtk::{gdk, graphene, gsk};

use super::Shape;

/// The badge's colours on one ground.
pub(super) struct Colours {
    /// The disc behind everything; none on plain ground.
    scrim: Option<gdk::RGBA>,
    /// The unfilled part of the ring.
    track: gdk::RGBA,
    /// What is here.
    ink: gdk::RGBA,
}

impl Colours {
    /// Legible on any picture, light or dark.
    pub(super) fn on_picture() -> Self {
        Self {
            scrim: Some(gdk::RGBA::new(0.08, 0.08, 0.1, 0.78)),
            track: gdk::RGBA::new(1.0, 1.0, 1.0, 0.32),
            ink: gdk::RGBA::WHITE,
        }
    }

    /// In the colour of the text around it.
    pub(super) fn plain(text: gdk::RGBA) -> Self {
        Self {
            scrim: None,
            track: text.with_alpha(text.alpha() * 0.25),
            ink: text.with_alpha(text.alpha() * 0.85),
        }
    }
}

/// Radius of the ring's centre line and its width, as shares of the badge's radius.
const RING_RADIUS: f32 = 0.62;
const RING_WIDTH: f32 = 0.24;

/// Draws the badge into a rectangle at the origin.
pub(super) fn badge(
    snapshot: &gtk::Snapshot,
    width: f32,
    height: f32,
    shape: Shape,
    colours: &Colours,
) {
    let radius = width.min(height) / 2.0;
    let centre = graphene::Point::new(width / 2.0, height / 2.0);
    if shape == Shape::Hidden {
        return;
    }
    if let Some(scrim) = &colours.scrim {
        fill(snapshot, &circle(&centre, radius), scrim);
    }
    match shape {
        Shape::Hidden => {}
        Shape::Ring(share) => ring(snapshot, &centre, radius, share, colours),
        Shape::Arriving(share) => {
            ring(snapshot, &centre, radius, share, colours);
            stroke(
                snapshot,
                &arrow(&centre, radius),
                radius * 0.17,
                &colours.ink,
            );
        }
        Shape::Disc => {
            let disc = radius * (RING_RADIUS + RING_WIDTH / 2.0);
            fill(snapshot, &circle(&centre, disc), &colours.ink);
        }
    }
}

fn ring(
    snapshot: &gtk::Snapshot,
    centre: &graphene::Point,
    radius: f32,
    share: f32,
    colours: &Colours,
) {
    let line = radius * RING_WIDTH;
    let ring = radius * RING_RADIUS;
    stroke(snapshot, &circle(centre, ring), line, &colours.track);
    stroke(snapshot, &arc(centre, ring, share), line, &colours.ink);
}

/// An arc from twelve o'clock, clockwise, over `share` of the circle; 0 < share < 1.
fn arc(centre: &graphene::Point, radius: f32, share: f32) -> gsk::Path {
    let angle = TAU * share;
    let end_x = centre.x() + radius * angle.sin();
    let end_y = centre.y() - radius * angle.cos();
    let path = gsk::PathBuilder::new();
    path.move_to(centre.x(), centre.y() - radius);
    path.svg_arc_to(radius, radius, 0.0, share > 0.5, true, end_x, end_y);
    path.to_path()
}

/// A small arrow pointing down.
fn arrow(centre: &graphene::Point, radius: f32) -> gsk::Path {
    let (x, y, reach) = (centre.x(), centre.y(), radius * 0.27);
    let path = gsk::PathBuilder::new();
    path.move_to(x, y - reach);
    path.line_to(x, y + reach);
    path.move_to(x - reach * 0.9, y + reach * 0.1);
    path.line_to(x, y + reach);
    path.line_to(x + reach * 0.9, y + reach * 0.1);
    path.to_path()
}

fn circle(centre: &graphene::Point, radius: f32) -> gsk::Path {
    let path = gsk::PathBuilder::new();
    path.add_circle(centre, radius);
    path.to_path()
}

fn fill(snapshot: &gtk::Snapshot, path: &gsk::Path, colour: &gdk::RGBA) {
    snapshot.append_fill(path, gsk::FillRule::Winding, colour);
}

fn stroke(snapshot: &gtk::Snapshot, path: &gsk::Path, width: f32, colour: &gdk::RGBA) {
    let stroke = gsk::Stroke::builder(width)
        .line_cap(gsk::LineCap::Round)
        .line_join(gsk::LineJoin::Round)
        .build();
    snapshot.append_stroke(path, &stroke, colour);
}
