// What the elements of the theme say in Russian pages; each has its English words itself, and takes these in their place.
(() => {
  'use strict';
  // 1 сообщение, 2 сообщения, 5 сообщений.
  const many = (count, one, few, more) => {
    const form = new Intl.PluralRules('ru').select(count);
    return `${count} ${form === 'one' ? one : form === 'few' ? few : more}`;
  };
  const seconds = (ms) => `${(ms / 1000).toFixed(1).replace('.', ',')} с`;
  const messages = (count) => many(count, 'сообщение', 'сообщения', 'сообщений');
  const pings = (count) => many(count, 'пинг', 'пинга', 'пингов');
  // What the tool is doing: it says so in English to each page.
  const busy = (what) => what.replace(/^building lesson[ -](\d+)/, 'собирается урок $1').replace(/^building solution-(\d+)/, 'собирается решение урока $1')
    .replace(/^lesson (\d+), checks run/, 'урок $1, идут проверки').replace(/; they wait longer on a busy machine/, '; машина занята, и ждут они дольше')
    .replace(/(\d+) of (\d+) parts built, now /, 'готово частей $1 из $2, сейчас ').replace(/Blocking waiting for file lock on .*/, 'ждёт другого cargo')
    .replace(/: (\d+) of (\d+)$/, ': $1 из $2');
  // What to do about a lesson that was not built.
  const mend = (said) => said.replace(/^Lesson \d+ does not compile yet: mend the first error above(?:, at (.*))?\.$/, (_, place) => `Исправьте первую ошибку${place ? `: \`${place}\`` : ''}.`)
    .replace(/^Cargo cannot replace the program of lesson (\d+)\. .*$/, 'Cargo не может заменить программу урока $1. Если она ещё работает, завершите её: /quit или Ctrl-C.')
    .replace(/^Cargo could not build lesson \d+: .*$/, 'Что помешало, сказано ниже.');
  // Why it ended a program, or started none.
  const why = (said) => said.replace(/^It has run for (\d+) (min|s), and was ended\.$/, (_, count, unit) => `Она работала ${count} ${unit === 's' ? 'с' : 'мин'} и была остановлена.`)
    .replace(/^It has printed more than (\d+) MB, and was ended\.$/, 'Она напечатала больше $1 МБ и была остановлена.')
    .replace(/^(\d+) programs run already: stop one of them first\.$/, 'Уже работает программ: $1. Сначала остановите одну из них.')
    .replace(/^Its terminal was closed\.$/, 'Её терминал закрылся.');

  const LANES = {
    'event loop': 'цикл событий', 'pool thread': 'поток пула', 'worker process': 'рабочий процесс', 'reading thread': 'читающий поток',
    worker: 'рабочий поток', machine: 'машина', keyboard: 'клавиатура', keys: 'клавиши', screen: 'экран', room: 'комната',
  };
  const MARKS = {
    line: 'введена строка', shown: 'показано сообщение', joined: 'вход в комнату', sent: 'комната отправила сообщение', heard: 'комната получила сообщение',
    ping: 'пинг', pong: 'понг', dropped: 'комната отключила клиента', closed: 'соединение закрыто по порядку',
  };

  globalThis.thawWords = {
    page: {
      search: 'Поиск по книге', keys: 'Клавиши', wide: 'Соседние страницы, широкий экран', task: 'Пункт',
      table: (number) => `Таблица ${number}`, code: (number) => `Код ${number}`,
    },
    player: {
      player: 'Проигрыватель: оба запуска на одних часах',
      play: 'Пуск', pause: 'Пауза', again: 'Сначала',
      start: 'В начало', last: 'Предыдущее событие', next: 'Следующее событие', end: 'В конец',
      moment: 'Момент запуска', speed: 'Скорость',
      screen: (name) => `Экран ${name}`,
      free: 'цикл событий свободен', ended: 'завершился', tail: 'соединение закрыто, программа ещё работает',
      frozen: (length, call) => `завис на ${length}${call && `: ${call}`}`,
      nothing: 'в сокете всё прочитано',
      unread: (some, others) => `не прочитано в сокете: ${[some && messages(some), others && pings(others)].filter(Boolean).join(', ')}`,
      before: 'Программа запускается.',
      of: (at, length) => `${at} из ${length}`,
      seconds,
    },
    quiz: {
      right: 'Верно.', wrong: 'Нет: попробуйте другой ответ.',
      tally: (right, all) => `Верных ответов: ${right} из ${all}`, forget: 'Забыть мои ответы',
      solved: 'Решён.', done: 'Есть ответы на все вопросы.', some: (right, all) => `Ответов: ${right} из ${all}.`,
      far: (solved, right) => `${[solved && `Решено: ${many(solved, 'урок', 'урока', 'уроков')}.`, right && `Отвечено: ${many(right, 'вопрос', 'вопроса', 'вопросов')}.`].filter(Boolean).join(' ')}`,
      goOn: (title) => `Дальше: ${title}`,
    },
    sandbox: {
      time: (us) => (us < 1e6 ? `${Math.round(us / 1000)} мс` : seconds(us / 1000)),
      seconds: (us) => seconds(us / 1000), tick: (at) => `${at} с`,
      lane: (name) => Object.entries(LANES).reduce((said, [english, russian]) => said.replace(english, russian), name),
      mark: (kind) => MARKS[kind] ?? kind,
      tail: 'ещё работает', picture: 'Дорожки этого запуска; что на них видно, сказано ниже словами.', shapes: 'Что значат фигуры',
      ended: 'завершился', hangs: 'висит на выходе', frozen: 'сейчас завис', free: 'цикл работает',
      longest: (length) => `Самое долгое зависание: ${length}`, stop: 'Остановить время', run: 'Пустить время',
      nothing: 'Ещё ничего не произошло: время стоит, пока вы ничего не сделали и не запустили его.',
      planned: (count, first) => `За вас сделают: ${many(count, 'действие', 'действия', 'действий')}, первое через ${first}.`,
      unknown: (names) => `В адресе есть ${names}, здесь это неизвестно.`,
      after: (at, state) => `Через ${at}: ${state}.`, stands: (length) => `Цикл событий стоит уже ${length}.`,
      bye: 'Клиент попрощался, а процесс ждёт поток своего пула: нажмите Enter.', dropped: 'Комната отключила клиента.',
      sum: (shown, waiting, missed) => `Показано: ${messages(shown)}, ждут в сокете: ${waiting}, без ответа: ${pings(missed)}.`,
    },
    verdict: {
      region: 'Ваши проверки', check: 'Проверить мой урок', again: 'Проверить ещё раз',
      fresh: 'Ваш урок ещё не проверяли.', follows: 'Пока эта страница открыта, урок проверяется после каждого сохранения.',
      busy: (what) => `${busy(what)[0].toUpperCase()}${busy(what).slice(1)} …`,
      broken: 'Ваш урок не компилируется.', unbuilt: 'Ваш урок не удалось собрать.', brokenLabel: 'Что говорит cargo', mend,
      some: (good, all) => `Проверок пройдено: ${good} из ${all}.`,
      part: (title) => title.replace('Given', 'Дано').replace('All', 'Все').replace(/(\d+) of (\d+)( checks)?/, '$1 из $2'),
      solved: (number, all) => `Урок ${number} решён: пройдены все проверки, их ${all}.`,
      hint: (number) => `cargo course hint ${number}`, stuck: 'Не получается?',
      compare: 'Сравните с решением', next: 'Переходите к уроку', then: ', потом ',
      states: { solved: 'решён', tried: 'начат' }, signs: { solved: '✓', tried: '●' },
      marks: { pass: 'проходит', FAIL: 'не проходит', HANG: 'зависает', stop: 'остановлена' },
      // As the labels beside it, which checks print.
      read: 'read', seconds: (time) => seconds(1000 * time),
      lost: 'Книга недоступна. Работает ли ещё `cargo course`?', anew: 'Книга запущена заново: загрузите страницу ещё раз.',
    },
    terminal: {
      here: 'Запустите здесь', pane: (name) => `Терминал ${name}`,
      start: { yours: 'Запустить ваш вариант', solution: 'Запустить решение' }, stop: 'Остановить',
      lead: 'Настоящая программа в терминале этой страницы.',
      keys: 'Набирайте как в терминале: Enter отправляет строку, Ctrl-D завершает ввод, Tab уводит из терминала.',
      building: busy, connecting: 'запускается', running: 'работает', ended: (status) => `завершилась с кодом ${status}`, stopped: 'завершилась', refused: 'не запустилась',
      lost: 'Книга недоступна или запущена заново: загрузите страницу ещё раз.',
      gone: 'Книга закрыла соединение.', yours: 'Вы её остановили.', why,
      changed: 'С тех пор страница изменилась.', reload: 'Загрузить заново', timeline: 'Шкала времени этого запуска', soFar: 'Шкала времени этого запуска на этот момент',
    },
  };
})();
