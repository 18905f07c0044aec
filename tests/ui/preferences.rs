//! The preferences over a real engine: what is used, and the one limit of the cache.
#![allow(
    clippy::expect_used,
    reason = "this is test code: what cannot go on fails the test with a sentence"
)]

mod page_stage;

use adw::prelude::*;
use page_stage::{PageStage, says, until, wait, walk};
use spool::ui::format;
use spool::ui::page::preferences;
use spool_engine::cache::Allowance;
use testkit::Catalogue;

fn row<W: IsA<gtk::Widget>>(window: &adw::ApplicationWindow) -> W {
    let found = walk(window)
        .into_iter()
        .find_map(|widget| widget.downcast().ok());
    found.expect("the row")
}

#[test]
fn the_limit_is_the_profiles_own_and_automatic_acts_at_once() {
    let stage = PageStage::new(Catalogue::default());
    let engine = stage.services.engine.clone();
    let window = adw::ApplicationWindow::builder()
        .default_width(700)
        .default_height(600)
        .content(&adw::Bin::new())
        .build();
    window.present();
    preferences::present(&stage.services, &window);
    let allowed = || {
        let usage = wait(engine.cache.usage()).expect("an answer");
        format!("of {}", format::bytes(usage.limit))
    };
    let chosen = || wait(engine.cache.usage()).expect("an answer").allowance;
    let at_first = allowed();
    until("the limit", || says(&window, &at_first));
    let automatic: adw::SwitchRow = row(&window);
    let limit: adw::SpinRow = row(&window);
    assert!(!automatic.is_active() && limit.is_sensitive());

    limit.set_value(3.0);
    until("the engine has it", || {
        chosen() == Allowance::Bytes(3_000_000_000)
    });
    until("the page says it", || says(&window, &allowed()));

    automatic.set_active(true);
    until("the engine chooses by itself", || {
        chosen() == Allowance::Auto
    });
    assert!(!limit.is_sensitive());
    until("the page says what it chose", || says(&window, &allowed()));
}
