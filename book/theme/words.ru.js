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
    terminal: {
      here: 'Запустите здесь', pane: (name) => `Терминал ${name}`,
      start: { yours: 'Запустить ваш вариант', solution: 'Запустить решение' }, stop: 'Остановить',
      lead: 'Настоящая программа в терминале этой страницы.',
      keys: 'Набирайте как в терминале: Enter отправляет строку, Ctrl-D завершает ввод, Tab уводит из терминала.',
      connecting: 'запускается', running: 'работает', ended: (status) => `завершилась с кодом ${status}`, stopped: 'завершилась', refused: 'не запустилась',
      lost: 'Книга недоступна или запущена заново: загрузите страницу ещё раз.',
      gone: 'Книга закрыла соединение.', yours: 'Вы её остановили.',
      changed: 'С тех пор страница изменилась.', reload: 'Загрузить заново', timeline: 'Шкала времени этого запуска',
    },
  };
})();
