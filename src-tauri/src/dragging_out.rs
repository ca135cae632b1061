//! A file dragged out of the window, to the desktop or a file manager.

use std::path::PathBuf;

use tauri::WebviewWindow;

use crate::refusal::{Answer, not_here};

/// Begins a drag of the file at `path`; the button is down. Only on the main thread.
#[cfg(target_os = "linux")]
pub(crate) fn start(window: &WebviewWindow, path: PathBuf) -> Answer<()> {
    use gtk::{gdk::DragAction, prelude::*};

    let address = url::Url::from_file_path(&path).map_err(|()| not_here("the file has no address"))?;
    let source = window
        .gtk_window()
        .map_err(|_| not_here("there is no window to drag out of"))?;
    let targets = gtk::TargetList::new(&[]);
    targets.add_uri_targets(0);
    let button = 1;
    let begun = source.drag_begin_with_coordinates(&targets, DragAction::COPY, button, None, -1, -1);
    let Some(drag) = begun else {
        return Err(not_here("the desktop began no drag"));
    };
    drag.drag_set_icon_name("text-x-generic", 0, 0);
    // What follows belongs to this drag alone: it goes when the drag does.
    let handlers = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let ours = drag.clone();
    let address = String::from(address);
    handlers
        .borrow_mut()
        .push(source.connect_drag_data_get(move |_, asked, data, _, _| {
            if *asked == ours {
                data.set_uris(&[&address]);
            }
        }));
    let (ours, ending) = (drag, std::rc::Rc::clone(&handlers));
    let ended = source.connect_drag_end(move |source, ended| {
        if *ended == ours {
            for handler in ending.take() {
                source.disconnect(handler);
            }
        }
    });
    handlers.borrow_mut().push(ended);
    Ok(())
}

/// Begins a drag of the file at `path`.
#[cfg(not(target_os = "linux"))]
pub(crate) fn start(_window: &WebviewWindow, _path: PathBuf) -> Answer<()> {
    Err(not_here(
        "files cannot be dragged out of the window on this system yet",
    ))
}
