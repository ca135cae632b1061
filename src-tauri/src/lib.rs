//! The desktop shell of Tidings, and nothing but the shell: the window, the commands that the page may call, the event
//! channel, the space that this computer may host. What a messenger does is in `tidings-engine`.

mod attaching;
mod autostart;
mod badge;
#[cfg(target_os = "linux")]
mod bus;
pub mod cli;
mod clipboard;
mod commands;
mod demo;
mod desktop;
mod dragging_out;
mod drawing;
mod dropping;
mod ending;
pub mod environment;
mod events;
mod host;
mod instance;
mod invitation;
mod limits;
pub mod log_tail;
mod media_url;
mod notifications;
mod opening;
mod picker;
mod presence;
mod profile;
mod recording;
mod refusal;
mod settings;
mod shell;
mod shortcut;
mod streams;
mod tray;
mod web_link;
mod window;
mod window_place;
mod words;

use std::{process::ExitCode, sync::Arc, time::Duration};

use tauri::{RunEvent, WindowEvent};
use tokio::sync::{mpsc, oneshot};

use cli::{Arguments, Link};
use desktop::Ask;
use events::OwnEvent;
use instance::{Claim, Instance, Summons};
use shell::Shell;

/// What the packages call the app's desktop file, without its ending (`packaging/app`).
#[cfg(target_os = "linux")]
const DESKTOP_ENTRY: &str = "im.tidings.desktop";
/// How long the end may take: the hosted server drains for 5 s at most.
const ENDING: Duration = Duration::from_secs(7);

/// Runs the app until it is quit.
pub fn run(arguments: Arguments) -> ExitCode {
    let dir = match profile::prepare(&arguments) {
        Ok(dir) => dir,
        Err(error) => return failed(&error.to_string()),
    };
    let instance = if arguments.automation {
        None
    } else {
        match instance::claim(
            &dir,
            &Summons {
                link: arguments.link_for_another(),
                files: arguments.files(),
            },
        ) {
            Ok(Claim::First(instance)) => Some(instance),
            Ok(Claim::Told) if arguments.import.is_some() => {
                return failed(
                    "this profile is open already: quit it first, or name another one with --profile",
                );
            }
            Ok(Claim::Told) => {
                tracing::info!("this profile is open already: its window comes to the front");
                return ExitCode::SUCCESS;
            }
            Ok(Claim::Silent(error)) => {
                return failed(&format!(
                    "this profile is open already, but its app does not answer: {error}"
                ));
            }
            Err(error) => return failed(&format!("the profile cannot be locked: {error}")),
        }
    };
    let (asks, asked) = mpsc::channel(limits::DESKTOP_WAITING);
    host::have_descriptors();
    let shell = Arc::new(Shell::new(arguments, dir, asks));

    // The engine opens while the window does.
    let (window_is_up, window_up) = oneshot::channel();
    let starting = Arc::clone(&shell);
    tauri::async_runtime::spawn(async move {
        let mut asked = asked;
        let mut tried = starting.start().await;
        let Ok(app) = window_up.await else { return };
        let started = loop {
            match tried {
                Ok(started) => break started,
                Err(again) => {
                    // What is wrong is said in the window, also after a hidden start.
                    window::show(&app, &starting, None);
                    if !is_to_try_again(&app, &starting, again, &mut asked).await {
                        return;
                    }
                }
            }
            tried = starting.start().await;
        };
        let beside = desktop::Start {
            engine: started.engine,
            events: started.desktop_events,
            unread_before: started.unread_before,
            asks: asked,
        };
        let listeners = starting.listeners.clone();
        tokio::join!(
            events::forward(app.clone(), started.events, listeners),
            starting.keep_hosting(),
            desktop::run(app, Arc::clone(&starting), beside)
        );
    });

    opening::forget_given(&shell.dir);
    let played = Arc::clone(&shell);
    tauri::async_runtime::spawn(async move { played.streams.serve(Arc::clone(&played)).await });

    let managed = Arc::clone(&shell);
    let built = tauri::Builder::default()
        .manage(managed)
        .register_asynchronous_uri_scheme_protocol(media_url::SCHEME, media_url::answer)
        .invoke_handler(tauri::generate_handler![
            commands::app::listen,
            commands::first_screen::first_screen,
            commands::app::app_info,
            commands::app::settings,
            commands::app::set_settings,
            commands::app::copy_text,
            commands::app::inspect_web_link,
            commands::app::open_web_link,
            commands::app::painted,
            commands::app::look_at,
            commands::app::test_notification,
            commands::app::surroundings,
            commands::account::account,
            commands::account::connection,
            commands::account::start_space,
            commands::account::inspect_link,
            commands::account::join_with_link,
            commands::account::sign_in,
            commands::account::sign_out,
            commands::messages::send_message,
            commands::messages::resend_message,
            commands::messages::discard_message,
            commands::messages::message_page,
            commands::messages::mark_read,
            commands::messages::recall_message,
            commands::messages::edit_message,
            commands::messages::react_to_message,
            commands::messages::delete_messages_for_me,
            commands::attachments::pick_files,
            commands::attachments::paste_files,
            commands::attachments::attach_dropped,
            commands::attachments::attach_dropped_folders,
            commands::attachments::attach_begin,
            commands::attachments::attach_chunk,
            commands::attachments::attach_finish,
            commands::attachments::attachment,
            commands::attachments::discard_attachment,
            commands::attachments::set_attachment_poster,
            commands::attachments::record_start,
            commands::attachments::record_stop,
            commands::attachments::record_cancel,
            commands::files::pause_transfer,
            commands::files::resume_transfer,
            commands::files::transfers,
            commands::files::fetch_file,
            commands::files::cancel_fetch,
            commands::files::save_file,
            commands::files::save_file_to_downloads,
            commands::files::open_file,
            commands::files::show_in_folder,
            commands::files::copy_image,
            commands::files::start_drag,
            commands::files::media_storage,
            commands::files::clear_media_storage,
            commands::files::conversation_media,
            commands::exports::export_data,
            commands::exports::cancel_export,
            commands::exports::show_export,
            commands::exports::import_data,
            commands::exports::cancel_import,
            commands::conversations::conversation_list,
            commands::conversations::conversation_profile,
            commands::conversations::delete_conversation,
            commands::conversations::set_draft,
            commands::conversations::change_conversation_settings,
            commands::conversations::total_unread,
            commands::people::my_profile,
            commands::people::user_profiles,
            commands::people::update_my_profile,
            commands::people::find_people,
            commands::people::block_users,
            commands::people::unblock_users,
            commands::people::blocked_users,
            commands::groups::create_group,
            commands::groups::dismiss_group,
            commands::groups::join_group,
            commands::groups::quit_group,
            commands::groups::answer_application,
            commands::groups::change_group_owner,
            commands::groups::group_list,
            commands::groups::group_profile,
            commands::groups::update_group,
            commands::groups::search_group,
            commands::groups::group_members,
            commands::groups::group_member_profiles,
            commands::groups::add_group_members,
            commands::groups::remove_group_members,
            commands::groups::set_group_member_role,
            commands::groups::mute_group_member,
            commands::groups::set_name_card,
            commands::groups::message_read_by,
            commands::host::host_status,
            commands::host::set_host_shared,
            commands::host::make_invitation,
            commands::diagnostics::diagnostics,
        ])
        .setup({
            let shell = Arc::clone(&shell);
            move |app| Ok(set_up(app, &shell, instance, window_is_up)?)
        })
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => return failed(&format!("the window cannot be opened: {error}")),
    };
    let code = app.run_return(move |app, event| match event {
        RunEvent::Exit => {
            let ended = tauri::async_runtime::block_on(async {
                tokio::time::timeout(ENDING, shell.close()).await.is_ok()
            });
            if !ended {
                tracing::warn!("the end took too long and was cut");
            }
        }
        // The window alone went, to come again.
        RunEvent::ExitRequested { code: None, api, .. } if shell.presence.is_resting() => api.prevent_exit(),
        RunEvent::WindowEvent { event, .. } => window_event(app, &shell, &event),
        _ => {}
    });
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Waits, after a start that failed, until somebody wants to try again; answers no when that is the end instead.
async fn is_to_try_again(
    app: &tauri::AppHandle,
    shell: &Arc<Shell>,
    mut again: oneshot::Receiver<()>,
    asked: &mut mpsc::Receiver<Ask>,
) -> bool {
    loop {
        tokio::select! {
            again = &mut again => return again.is_ok(),
            ask = asked.recv() => match ask {
                Some(Ask::CloseRequested | Ask::Quit) | None => {
                    app.exit(0);
                    return false;
                }
                Some(Ask::Open) => window::show(app, shell, None),
                // Nothing else can be done without the engine.
                Some(_) => {}
            }
        }
    }
}

/// Passes on what happens to the window. Where nobody is there to take it, a close request closes.
fn window_event(app: &tauri::AppHandle, shell: &Arc<Shell>, event: &WindowEvent) {
    let passed = |ask| shell.asks.try_send(ask).is_ok();
    match event {
        WindowEvent::CloseRequested { api, .. } if passed(Ask::CloseRequested) => api.prevent_close(),
        WindowEvent::Moved(_) | WindowEvent::Resized(_) => {
            passed(Ask::Moved);
        }
        WindowEvent::Focused(focused) => {
            // The policy asks for it with the next message: at once, not when the task comes to it.
            shell.presence.set_focused(*focused);
            passed(Ask::Focused(*focused));
        }
        WindowEvent::Destroyed => {
            passed(Ask::Gone);
        }
        WindowEvent::DragDrop(event) => dropping::follow(shell, event, window::css_pixel(app, shell)),
        _ => {}
    }
}

fn set_up(
    app: &tauri::App,
    shell: &Arc<Shell>,
    instance: Option<Instance>,
    window_is_up: oneshot::Sender<tauri::AppHandle>,
) -> tauri::Result<()> {
    let handle = app.handle();
    let arguments = &shell.arguments;
    if arguments.hidden && !arguments.automation {
        // There is no web view until somebody wants to see it.
        shell.presence.rest();
    } else {
        let mut opening = window::opening(shell);
        opening.hidden = arguments.hidden;
        window::open(handle, opening, shell.listeners.clone())?;
    }
    if arguments.leads_nowhere() {
        shell.tell_page(OwnEvent::LinkRefused {});
    }
    dropping::open(shell, arguments.files());
    let (asks, exiting) = (shell.asks.clone(), handle.clone());
    tauri::async_runtime::spawn(ending::wait(asks, move || exiting.exit(0)));
    if let Some(mut instance) = instance {
        let (app, shell) = (handle.clone(), Arc::clone(shell));
        instance.hear(move |summons| {
            if shell.asks.try_send(Ask::Open).is_err() {
                window::show(&app, &shell, None);
            }
            match summons.link.as_deref().map(cli::checked_link) {
                Some(Some(Link::Invitation(link))) => shell.open_link(link),
                Some(Some(Link::Conversation(id))) => shell.tell_page(shell::conversation_opened(id)),
                Some(None) => shell.tell_page(OwnEvent::LinkRefused {}),
                None => {}
            }
            dropping::open(&shell, summons.files);
        });
        // Held until the process ends.
        tauri::Manager::manage(handle, instance);
    }
    if let (Some(role), Some(file)) = (arguments.demo, arguments.demo_file.clone()) {
        let shell = Arc::clone(shell);
        tauri::async_runtime::spawn(async move { demo::play(&shell, role, &file).await });
    }
    // Nobody waits for the window any longer only when the engine's task is gone, and then there is nothing to forward.
    let _ = window_is_up.send(handle.clone());
    Ok(())
}

/// Says on stderr why the app does not start.
fn failed(why: &str) -> ExitCode {
    tracing::error!("{why}");
    ExitCode::FAILURE
}
