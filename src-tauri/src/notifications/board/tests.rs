use super::*;

fn told(seq: u64, body: &str) -> Told {
    Told {
        seq: Some(seq),
        client_id: format!("m{seq}"),
        notification: Notification {
            title: "Ann".into(),
            body: body.into(),
            badge: true,
            sound: true,
            urgency: Urgency::Normal,
            is_mention: false,
            extension: format!("x{seq}"),
            face: None,
        },
    }
}

/// A board, a clock, and a desktop that gives numbers to what it shows.
#[derive(Default)]
struct Desk {
    board: Board,
    now: Duration,
    shown: Vec<Show>,
    closed: Vec<u32>,
}

impl Desk {
    fn at(ms: u64) -> Self {
        Self {
            now: Duration::from_millis(ms),
            ..Self::default()
        }
    }

    fn says(&mut self, conversation: &str, seq: u64, body: &str) {
        self.board.tell(conversation, conversation, told(seq, body));
        self.does();
    }

    /// Does what is due now; answers when to come again.
    fn does(&mut self) -> Option<Duration> {
        loop {
            match self.board.next(self.now, Content::NameAndText, Language::English) {
                Next::Show(show) => {
                    let id = show.replaces.unwrap_or(self.shown.len() as u32 + 1);
                    self.board.shown(&show.key, id);
                    self.shown.push(*show);
                }
                Next::Close(id) => self.closed.push(id),
                Next::At(at) => return Some(at),
                Next::Nothing => return None,
            }
        }
    }

    fn waits(&mut self) {
        while let Some(at) = self.does() {
            self.now = self.now.max(at);
        }
    }

    fn last(&self) -> (&str, &str) {
        let show = self.shown.last().unwrap();
        (&show.title, &show.body)
    }
}

#[test]
fn the_first_message_is_shown_at_once_and_the_next_ones_count_up_in_its_place() {
    let mut desk = Desk::at(5_000);
    desk.says("C2Cann", 1, "one");
    assert_eq!(desk.last(), ("Ann", "one"));
    desk.says("C2Cann", 2, "two");
    assert_eq!(desk.shown.len(), 1);
    desk.waits();
    assert_eq!(desk.last(), ("Ann (2)", "two"));
    assert_eq!(desk.shown[1].replaces, Some(1));
    assert!(desk.shown[0].sound && !desk.shown[1].sound);
}

#[test]
fn a_thousand_messages_in_a_second_make_at_most_five_notifications() {
    for conversations in [1, 2, 7, 1_000] {
        let mut desk = Desk::at(1_000);
        for seq in 0..1_000u64 {
            desk.says(&format!("C2C{}", seq % conversations), seq, "x");
            desk.now += Duration::from_millis(1);
        }
        desk.waits();
        assert!(desk.shown.len() <= 5, "{conversations}: {}", desk.shown.len());
        let told: u64 = desk.board.entries.values().map(Entry::count).sum();
        assert_eq!(told, 1_000);
    }
}

#[test]
fn many_conversations_at_once_are_one_summary() {
    let mut desk = Desk::at(1_000);
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        desk.says(name, 1, "x");
    }
    desk.waits();
    assert_eq!(desk.shown.len(), 3);
    assert_eq!(
        desk.last(),
        ("5 new messages in 5 conversations", "c, d, e, f, g")
    );
    let summary = desk.shown.len() as u32;
    assert!(desk.board.is_summary(summary));
    desk.now += PAUSE;
    desk.says("c", 2, "y");
    desk.waits();
    assert_eq!(desk.last().0, "6 new messages in 5 conversations");
    for name in ["c", "d", "e", "f"] {
        desk.board.read(name, 9, 0);
    }
    desk.now += PAUSE;
    desk.waits();
    assert_eq!(desk.last(), ("1 new message", "g"));
    desk.board.read("g", 9, 0);
    desk.waits();
    assert_eq!(desk.closed, [summary]);
}

#[test]
fn what_came_while_nobody_was_here_is_one_notification() {
    let mut desk = Desk::at(1_000);
    for (name, seq) in [("a", 1), ("a", 2), ("b", 1)] {
        desk.board.tell(name, name, told(seq, "x"));
    }
    desk.board.fold();
    desk.waits();
    assert_eq!(desk.shown.len(), 1);
    assert_eq!(desk.last().0, "3 new messages in 2 conversations");
    let mut desk = Desk::at(1_000);
    desk.board.tell("a", "a", told(1, "x"));
    desk.board.tell("a", "a", told(2, "y"));
    desk.board.fold();
    desk.waits();
    assert_eq!(desk.last(), ("Ann (2)", "y"));
}

#[test]
fn what_is_read_leaves_the_screen() {
    let mut desk = Desk::at(1_000);
    desk.says("C2Cann", 1, "one");
    desk.board.read("C2Cann", 1, 0);
    desk.waits();
    assert_eq!(desk.closed, [1]);
    desk.now += PAUSE * 4;
    desk.says("C2Cann", 2, "two");
    desk.now += PAUSE;
    desk.says("C2Cann", 3, "three");
    desk.board.read("C2Cann", 2, 1);
    desk.now += PAUSE;
    desk.waits();
    assert_eq!(desk.last(), ("Ann", "three"));
}

#[test]
fn r_k4_what_is_recalled_leaves_the_screen_or_is_never_shown() {
    let mut desk = Desk::at(1_000);
    desk.says("C2Cann", 1, "one");
    desk.says("C2Cann", 2, "secret");
    desk.board.recalled("C2Cann", "m2");
    desk.waits();
    assert!(desk.shown.iter().all(|show| show.body != "secret"));
    desk.board.recalled("C2Cann", "m1");
    desk.waits();
    assert_eq!(desk.closed, [1]);
    desk.now += PAUSE * 4;
    desk.says("C2Cann", 3, "three");
    desk.now += PAUSE;
    desk.says("C2Cann", 4, "four");
    desk.waits();
    assert_eq!(desk.last(), ("Ann (2)", "four"));
    desk.board.recalled("C2Cann", "m4");
    desk.waits();
    assert_eq!(desk.last(), ("Ann", "three"));
    assert!(!desk.shown.last().unwrap().sound);
}

#[test]
fn what_expired_counts_on_and_what_was_waved_away_begins_anew() {
    let mut desk = Desk::at(1_000);
    desk.says("C2Cann", 1, "one");
    desk.board.was_closed(1, false);
    desk.now += PAUSE;
    desk.says("C2Cann", 2, "two");
    desk.waits();
    assert_eq!(desk.last(), ("Ann (2)", "two"));
    assert_eq!(desk.shown[1].replaces, None);
    desk.board.was_closed(2, true);
    desk.now += PAUSE;
    desk.says("C2Cann", 3, "three");
    desk.waits();
    assert_eq!(desk.last(), ("Ann", "three"));
}

#[test]
fn a_notification_leads_to_its_first_unread_message_with_the_newest_extension() {
    let mut desk = Desk::at(1_000);
    desk.says("C2Cann", 7, "one");
    desk.says("C2Cann", 8, "two");
    let target = desk.board.target(1).unwrap();
    assert_eq!(
        (
            target.conversation_id.as_str(),
            target.seq,
            target.extension.as_str()
        ),
        ("C2Cann", Some(7), "x8")
    );
    assert_eq!(desk.board.target(9), None);
}

#[test]
fn signing_out_clears_everything() {
    let mut desk = Desk::at(1_000);
    desk.says("a", 1, "x");
    desk.says("b", 1, "x");
    desk.board.clear();
    desk.waits();
    desk.closed.sort_unstable();
    assert_eq!(desk.closed, [1, 2]);
    assert!(desk.board.conversations().is_empty());
}
