//! What the pointer, the wheel and the keyboard do on the page, as messages to it.

use std::cell::Cell;
use std::rc::Rc;

use adw::prelude::*;
use gtk::{gdk, glib};
use relm4::Sender;

use super::PlayerInput;
use super::chrome::Hold;
use super::view::View;
use super::wish::{self, VOLUME_STEP, Wish};

/// A pointer that moves less than this, in pixels, has not been moved: GTK repeats its place when widgets below change.
const STIR: f64 = 1.0;

/// Connects everything.
pub(super) fn connect(page: &adw::NavigationPage, view: &View, input: &Sender<PlayerInput>) {
    keys(page, input);
    motion(&view.stage, input);
    clicks(&view.stage, input);
    wheel(&view.stage, input);
    holds(view, input);
    focus(page, view, input);
}

fn keys(page: &adw::NavigationPage, input: &Sender<PlayerInput>) {
    // In the bubble phase: a focused button still answers to Space, a slider to its arrows.
    let keys = gtk::EventControllerKey::new();
    keys.connect_key_pressed(glib::clone!(
        #[strong]
        input,
        move |_, key, _, modifiers| {
            input.emit(PlayerInput::Stirred);
            match wish::of_key(key, modifiers) {
                Some(wish) => {
                    input.emit(PlayerInput::Wish(wish));
                    glib::Propagation::Stop
                }
                None => glib::Propagation::Proceed,
            }
        }
    ));
    page.add_controller(keys);
}

fn motion(stage: &gtk::Overlay, input: &Sender<PlayerInput>) {
    let last = Rc::new(Cell::new((0.0_f64, 0.0_f64)));
    let motion = gtk::EventControllerMotion::new();
    motion.connect_motion(glib::clone!(
        #[strong]
        input,
        move |_, x, y| {
            let (old_x, old_y) = last.replace((x, y));
            if (x - old_x).abs() >= STIR || (y - old_y).abs() >= STIR {
                input.emit(PlayerInput::Stirred);
            }
        }
    ));
    stage.add_controller(motion);
}

fn clicks(stage: &gtk::Overlay, input: &Sender<PlayerInput>) {
    let click = gtk::GestureClick::builder()
        .button(gdk::BUTTON_PRIMARY)
        .build();
    click.connect_released(glib::clone!(
        #[strong]
        input,
        #[weak]
        stage,
        move |gesture, presses, x, y| {
            if !is_picture(&stage, x, y) {
                return;
            }
            stage.grab_focus();
            let is_touch = gesture
                .device()
                .is_some_and(|device| device.source() == gdk::InputSource::Touchscreen);
            match presses {
                1 if is_touch => input.emit(PlayerInput::Tapped),
                1 => input.emit(PlayerInput::Wish(Wish::PlayPause)),
                2 => {
                    // The first click of the two has paused or resumed: take that back.
                    if !is_touch {
                        input.emit(PlayerInput::Wish(Wish::PlayPause));
                    }
                    input.emit(PlayerInput::Wish(Wish::Fullscreen));
                }
                _ => {}
            }
        }
    ));
    stage.add_controller(click);
}

/// Whether the picture itself is there, rather than something above it.
fn is_picture(stage: &gtk::Overlay, x: f64, y: f64) -> bool {
    let picked = stage.pick(x, y, gtk::PickFlags::DEFAULT);
    picked.is_some_and(|widget| {
        let name = widget.widget_name();
        widget == *stage
            || name == "video"
            || name == "music"
            || widget.is::<gtk::GraphicsOffload>()
    })
}

fn wheel(stage: &gtk::Overlay, input: &Sender<PlayerInput>) {
    let wheel = gtk::EventControllerScroll::new(
        gtk::EventControllerScrollFlags::VERTICAL | gtk::EventControllerScrollFlags::DISCRETE,
    );
    wheel.connect_scroll(glib::clone!(
        #[strong]
        input,
        move |_, _, dy| {
            input.emit(PlayerInput::Wish(Wish::Louder(-dy * VOLUME_STEP)));
            glib::Propagation::Stop
        }
    ));
    stage.add_controller(wheel);
}

fn holds(view: &View, input: &Sender<PlayerInput>) {
    let pointers = [(); 2].map(|()| gtk::EventControllerMotion::new());
    for (revealer, pointer) in view.chrome.iter().zip(&pointers) {
        let all = pointers.clone();
        pointer.connect_contains_pointer_notify(glib::clone!(
            #[strong]
            input,
            move |_| {
                let over = all.iter().any(gtk::EventControllerMotion::contains_pointer);
                input.emit(PlayerInput::Held(Hold::Pointer, over));
            }
        ));
        if let Some(child) = revealer.child() {
            child.add_controller(pointer.clone());
        }
    }
    let buttons = view.controls.menu_buttons.clone();
    for button in &view.controls.menu_buttons {
        let buttons = buttons.clone();
        button.connect_active_notify(glib::clone!(
            #[strong]
            input,
            move |_| {
                let open = buttons.iter().any(gtk::MenuButton::is_active);
                input.emit(PlayerInput::Held(Hold::Menu, open));
            }
        ));
    }
}

/// Follows the window the page is in: its visible focus, and whether it fills the screen.
fn focus(page: &adw::NavigationPage, view: &View, input: &Sender<PlayerInput>) {
    let chrome = view.chrome.clone();
    page.connect_root_notify(glib::clone!(
        #[strong]
        input,
        move |page| {
            let Some(window) = page.root().and_downcast::<gtk::Window>() else {
                return;
            };
            let chrome = chrome.clone();
            let look = glib::clone!(
                #[strong]
                input,
                move |window: &gtk::Window| {
                    let focus = gtk::prelude::GtkWindowExt::focus(window)
                        .filter(|_| window.gets_focus_visible());
                    let held = focus
                        .is_some_and(|focus| chrome.iter().any(|part| focus.is_ancestor(part)));
                    input.emit(PlayerInput::Held(Hold::Focus, held));
                }
            );
            window.connect_focus_visible_notify(look.clone());
            window.connect_focus_widget_notify(look);
            window.connect_fullscreened_notify(glib::clone!(
                #[strong]
                input,
                move |window| {
                    input.emit(PlayerInput::FullscreenChanged(window.is_fullscreen()));
                }
            ));
        }
    ));
}
