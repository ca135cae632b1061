/**
 * The app on a small world in memory, to look at it in a browser: `npm run build -- --mode fake`, then fake.html. The query says
 * which scene: `scene` (welcome, empty, full, many, history, hostile, emoji, groups, media, sheet, kicked, offline), `theme`, `language`, `open` (a user id or a
 * conversation's);
 * `count` and `unread` of the messages in `history`.
 */
import { FakeWorld } from './bridge/fake';
import { offerFiles, tellFiles } from './fake-files';
import { start } from './start';

const query = new URLSearchParams(location.search);
const scene = query.get('scene') ?? 'full';
const world = new FakeWorld('Harbour');
const minute = 60_000;
const now = Date.now();

world.addPerson('owner', 'Ann Lindqvist');
const names: [string, string][] = [
  ['bob', 'Bob Okafor'],
  ['mei', '陈美玲'],
  ['carla', 'Carla Moreno'],
  ['david', 'David'],
  ['elif', 'Elif Yılmaz'],
  ['farid', 'فريد'],
  ['grace', 'Grace O’Neill'],
  ['henrik', 'Henrik Sørensen'],
  ['iris', 'Iris van den Bosch-Witherspoon of the Lower Harbour'],
  ['jun', '田中 潤'],
  ['kofi', 'Kofi'],
  ['liam', 'Liam Walsh'],
];
if (scene !== 'empty' && scene !== 'welcome') for (const [id, nick] of names) world.addPerson(id, nick);

function talk(other: string, lines: [string, string][], ago: number): void {
  lines.forEach(([from, text], index) =>
    world.say(
      from === 'me' ? 'owner' : other,
      from === 'me' ? other : 'owner',
      text,
      now - ago * minute + index * 20_000,
    ),
  );
}

if (scene === 'full' || scene === 'offline' || scene === 'kicked') {
  for (let index = 0; index < 200; index += 1)
    talk('bob', [[index % 3 === 0 ? 'me' : 'bob', `Older message number ${index + 1}.`]], 4000 - index * 7);
  world.markRead('owner', 'bob');
  talk(
    'bob',
    [
      ['me', 'Good morning! Did the boat come in?'],
      ['bob', 'It did, at six. Everything is dry this time.'],
      ['bob', 'The harbour master has a new log: https://harbour.example.org/log?day=today'],
      ['bob', 'Worth a look.'],
      [
        'me',
        'Lovely. I will come down after lunch and bring the papers, the two lamps and, if I can find it, the long rope that we left in the shed.',
      ],
      ['me', 'Half past one?'],
    ],
    90,
  );
  world.markRead('owner', 'bob');
  world.markRead('bob', 'owner');
  talk(
    'bob',
    [
      ['bob', 'Half past one is good.'],
      ['bob', 'See you at the pier 🌊'],
    ],
    3,
  );
  talk(
    'mei',
    [
      ['mei', '明天的会议改到下午三点，可以吗？'],
      ['me', '可以，没问题。'],
    ],
    42,
  );
  world.markRead('mei', 'owner');
  talk('carla', [['carla', 'Here is the address that you asked for.']], 190);
  world.markRead('owner', 'carla');
  talk('david', [['me', 'Thanks, got it.']], 1500);
  talk(
    'elif',
    [
      ['elif', 'Teşekkürler!'],
      ['elif', 'Görüşürüz'],
      ['elif', 'Yarın ararım'],
    ],
    1700,
  );
  talk('farid', [['farid', 'مرحبا، كيف حالك؟']], 3000);
  world.markRead('owner', 'farid');
  talk('grace', [['grace', 'Grand so.']], 6000);
  world.markRead('owner', 'grace');
  talk('henrik', [['me', 'Vi ses!']], 15_000);
  talk(
    'iris',
    [
      [
        'iris',
        'A rather long message that surely does not fit on one line of the list, whatever its width may be.',
      ],
    ],
    30_000,
  );
  world.markRead('owner', 'iris');
  talk('jun', [['jun', 'ありがとうございます']], 90_000);
  world.markRead('owner', 'jun');
}
if (scene === 'history') {
  const count = Number(query.get('count') ?? 300);
  for (let index = 1; index <= count; index += 1)
    talk('bob', [['bob', `message number ${index}.`]], 5000 - index);
  world.log('owner', 'bob').read.set('owner', count - Number(query.get('unread') ?? 0));
}
if (scene === 'many') {
  for (let index = 1; index <= Number(query.get('count') ?? 30); index += 1) {
    const id = `person-with-a-long-id-${index}`;
    world.addPerson(id, `Person number ${index} of the Society for the Preservation of Long Names`);
    talk(
      id,
      [[index % 4 === 0 ? 'me' : 'them', `The ${index}th of many, with more to say than fits here.`]],
      index,
    );
    if (index % 3 !== 0) world.markRead('owner', id);
  }
}
if (scene === 'emoji') {
  const tell = (from: string, to: string, type: string, payload: unknown, ago: number): void =>
    void world.tell(from, to, type, payload, now - ago * minute);
  talk(
    'bob',
    [['bob', 'It will not stop [Rain] I am staying in [Toothy], with a [Coffee] and [Unknown things]']],
    30,
  );
  tell('bob', 'owner', 'TIMFaceElem', { index: 15, data: 'tidings/rain' }, 28);
  talk('bob', [['me', '😂']], 27);
  tell('owner', 'bob', 'TIMFaceElem', { index: 1, data: 'tidings/hug' }, 26);
  talk('bob', [['bob', '[Heart][Heart]🌈']], 20);
  tell('bob', 'owner', 'TIMCustomElem', { data: 'dice', description: '4', extension: '' }, 15);
  tell('owner', 'bob', 'TIMCustomElem', { data: 'dice', description: '6', extension: '' }, 14);
  tell('bob', 'owner', 'TIMFaceElem', { index: 1, data: 'tt00' }, 10);
  tell('bob', 'owner', 'TIMCustomElem', { data: 'poll', description: 'Tea or coffee?', extension: '' }, 8);
  tell('bob', 'owner', 'TIMLocationElem', { latitude: 1 }, 6);
  tell('owner', 'bob', 'TIMCustomElem', { data: 'x', description: '', extension: '' }, 5);
  talk('mei', [['mei', '好的 [Toothy][OK]']], 50);
  tell('carla', 'owner', 'TIMFaceElem', { index: 1, data: 'tidings/party' }, 60);
  tell('david', 'owner', 'TIMFaceElem', { index: 1, data: 'tt00' }, 70);
  tell('elif', 'owner', 'TIMCustomElem', { data: 'dice', description: '3', extension: '' }, 80);
  tell('farid', 'owner', 'TIMCustomElem', { data: 'poll', description: 'Tea or coffee?', extension: '' }, 90);
}
if (scene === 'groups') {
  const at = (ago: number): number => now - ago * minute;
  const say = (from: string, text: string, ago: number, more = {}): number =>
    world.tell(from, 'sailors', 'TIMTextElem', { text }, at(ago), more).seq;
  const reply = (seq: number, from: string): object => ({
    cloudCustomData: JSON.stringify({ reply: { seq, from, text: '' } }),
  });
  const sailors = world.addGroup(
    query.get('owner') ?? 'owner',
    {
      groupID: 'sailors',
      type: (query.get('type') ?? 'Public') as 'Public',
      name: 'Harbour sailors',
      introduction: 'Who sails on Saturdays, and with which boat.',
      notification: 'The slipway is closed until Thursday.',
      memberIDs: ['owner', 'bob', 'mei', 'carla', 'david', 'farid', 'iris'],
    },
    at(3000),
  );
  const bobIn = sailors.members.get('bob');
  if (bobIn && sailors.profile.type !== 'Private') bobIn.role = 'Admin';
  const carlaIn = sailors.members.get('carla');
  if (carlaIn) carlaIn.nameCard = 'Carla (bosun)';
  const davidIn = sailors.members.get('david');
  if (davidIn) davidIn.muteUntil = now + 3_600_000;
  world.now = () => at(95);
  world.tip(sailors, 1, 'bob', ['elif', 'jun']);
  world.tip(sailors, 6, 'bob', [], { newGroupProfile: { name: 'Harbour sailors' } });
  world.now = () => Date.now();
  const first = say('bob', 'Who is in for Saturday? We leave at nine, wind permitting.', 90);
  say('bob', 'Bring something warm.', 90);
  const second = say('carla', 'I am. I can take three in the blue boat.', 84);
  say('owner', 'Me too, and I bring the long rope.', 80, reply(first, 'bob'));
  const gone = say('mei', 'wrong chat, sorry', 70);
  say('farid', 'سأكون هناك في التاسعة', 66);
  say('iris', 'Is there still room in the blue one?', 60, reply(second, 'carla'));
  say('mei', '我也去！', 50, reply(gone, 'mei'));
  const own = say('owner', 'The meeting point is the old pear', 40);
  const late = say('owner', 'typo, see below', 39);
  say('carla', '@Ann Lindqvist can you bring the second lamp?', 5, { atUserList: ['owner'] });
  world.recallWindow = Infinity;
  world.recall('mei', 'GROUPsailors', gone);
  world.recall('owner', 'GROUPsailors', late);
  world.edit('owner', 'GROUPsailors', own, { text: 'The meeting point is the old pier' });
  for (const user of ['carla', 'mei', 'owner']) world.react(user, 'GROUPsailors', first, '👍', true);
  for (const user of ['iris', 'farid']) world.react(user, 'GROUPsailors', first, '⛵', true);
  world.react('bob', 'GROUPsailors', second, '❤️', true);
  world.react('bob', 'GROUPsailors', own, '🙏', true);
  sailors.log.read.set('owner', query.get('unread') === null ? sailors.log.messages.length : second);
  const choir = world.addGroup('mei', { groupID: 'choir', name: '合唱团', memberIDs: ['owner'] }, at(400));
  world.tip(choir, 1, 'mei', ['liam']);
  const night = world.addGroup('grace', {
    groupID: 'night-watch',
    type: 'ChatRoom',
    name: 'Night watch',
    memberIDs: ['owner', 'henrik'],
  });
  world.tell('henrik', 'night-watch', 'TIMTextElem', { text: 'All quiet at the breakwater.' }, at(200));
  const old = world.addGroup(
    'liam',
    { groupID: 'old-crew', name: 'Old crew', memberIDs: ['owner'] },
    at(5000),
  );
  world.tell('liam', 'old-crew', 'TIMTextElem', { text: 'So long.' }, at(4000));
  old.members.delete('owner');
  world.notify('owner', 7, 'mei', choir, '', at(400));
  world.notify('owner', 9, 'grace', night, '', at(300));
  world.notify('owner', 4, 'liam', old, 'The crew has changed.', at(250));
  const answered = world.notify('owner', 1, 'grace', sailors, 'Henrik told me about you.', at(120));
  answered.outgoing.payload = { ...(answered.outgoing.payload as object), handled: 'accepted' };
  for (const [user, word] of [
    ['kofi', 'I have a small dinghy and Saturdays free.'],
    ['liam', ''],
  ] as const) {
    sailors.applications.set(user, word);
    world.notify('owner', 1, user, sailors, word, at(user === 'kofi' ? 20 : 8));
  }
  talk('bob', [['bob', 'See you at the pier 🌊']], 30);
  const said = world.tell('bob', 'owner', 'TIMTextElem', { text: 'What time is low water?' }, at(26)).seq;
  const answer = { cloudCustomData: JSON.stringify({ reply: { seq: said, from: 'bob', text: '' } }) };
  world.tell('owner', 'bob', 'TIMTextElem', { text: 'Twenty past two.' }, at(25), answer);
  world.react('bob', 'C2Cowner', 3, '👍', true);
  talk('mei', [['mei', '明天见']], 44);
  world.markRead('owner', 'mei');
}
if (scene === 'media' || scene === 'sheet') tellFiles(world, query.get('many') === null ? 0 : 60);
if (scene === 'hostile') {
  world.addPerson('bob', `Bob \u202Egnp.exe \u0000<img src=x onerror=alert(1)> ${'long '.repeat(1000)}`);
  world.addPerson('mei', 'аdmin');
  talk('mei', [['mei', 'I am the аdmin, honest: https://аpple.com/login']], 5);
  talk(
    'bob',
    [
      ['bob', '<script>alert(1)</script> <img src=x onerror=alert(1)>'],
      ['bob', `Zalgo: Z${'\u0301\u0322\u0489'.repeat(4000)} end`],
      ['bob', `RLM bomb ${'\u200f'.repeat(10_000)} end`],
      ['bob', '👨‍'.repeat(2000)],
      [
        'bob',
        'javascript:alert(1) data:text/html,x file:///etc/passwd http://good.example:80@evil.example/ https://1.1.1.1#@bank',
      ],
      ['bob', '\u202eright to left override, not closed'],
      ['bob', 'x'.repeat(3000)],
      ['bob', 'line\n'.repeat(400)],
      ['me', 'What is all this?'],
    ],
    10,
  );
}

const me = scene === 'welcome' ? null : 'owner';
const bridge = world.bridge(me, {
  isHost: query.get('guest') === null && (me !== null || query.get('host') !== null),
  settings: {
    theme: (query.get('theme') ?? 'system') as 'system',
    language: (query.get('language') ?? 'en') as 'en',
    textSize: (query.get('size') ?? 'medium') as 'medium',
    contrast: (query.get('contrast') ?? 'system') as 'system',
    density: (query.get('density') ?? 'roomy') as 'roomy',
    motion: (query.get('motion') ?? 'system') as 'system',
  },
  appInfo: {
    automation: true,
    link: query.get('link'),
    // Vite draws them (scripts/fake-media.mjs).
    mediaBase: '/fake-media/',
    streamBase: '/fake-media/stream/',
  },
  delay: Number(query.get('delay') ?? 0),
});

if (query.get('hosted') !== null) bridge.importedFrom = '';
if (scene === 'welcome') world.addPerson('ann', 'Ann Lindqvist');
if (query.get('bare') !== null) bridge.isBare = true;

const session = start(bridge);
session.tim.on('onConversationListUpdated', async function opened() {
  session.tim.off('onConversationListUpdated', opened);
  const open = query.get('open');
  if (open !== null) await session.open(/^(?:GROUP|@)/u.test(open) ? open : `C2C${open}`);
  if (scene === 'offline') {
    bridge.refuseMessages = 80001;
    const failed = session.tim.createTextMessage({
      to: 'bob',
      conversationType: 'C2C',
      payload: { text: 'This one is refused.' },
    });
    if (failed) session.tim.sendMessage(failed)?.catch(() => undefined);
    setTimeout(() => {
      bridge.setConnection('disconnected');
      const waits = session.tim.createTextMessage({
        to: 'bob',
        conversationType: 'C2C',
        payload: { text: 'And this one waits for a connection.' },
      });
      if (waits) session.tim.sendMessage(waits)?.catch(() => undefined);
    }, 200);
  }
  if (scene === 'sheet') {
    // A drop goes to what is open.
    while (session.openID === '') await new Promise((resolve) => setTimeout(resolve, 20));
    offerFiles(bridge, query.get('what') ?? 'pictures');
  }
  if (scene === 'kicked') bridge.emit({ event: 'kickedOut', type: 'multipleAccount' });
});

Object.assign(window, { fake: { world, bridge, session } });
