// The search of Russian pages. mdBook's index has the whole text of each section, but no word of Cyrillic letters;
// so the text itself is searched, by stems: what is asked as «блокировка» finds «блокирует» and «блокировки».
// `stem` is the Russian stemmer of Snowball (snowballstem.org), written anew.
(() => {
  'use strict';
  const elasticlunr = globalThis.elasticlunr;
  if (!elasticlunr) return;

  const VOWEL = 'аеиоуыэюя';
  const PERFECTIVE = /((?:ив|ив(?:ши|шись)|ыв|ыв(?:ши|шись))|(?<=[ая])(?:в|вши|вшись))$/;
  const REFLEXIVE = /с[яь]$/;
  const ADJECTIVE = /(?:ее|ие|ые|ое|ими|ыми|ей|ий|ый|ой|ем|им|ым|ом|его|ого|ему|ому|их|ых|ую|юю|ая|яя|ою|ею)$/;
  const PARTICIPLE = /(?:ивш|ывш|ующ|(?<=[ая])(?:ем|нн|вш|ющ|щ))$/;
  const VERB = /(?:ила|ыла|ена|ейте|уйте|ите|или|ыли|ей|уй|ил|ыл|им|ым|ен|ило|ыло|ено|ят|ует|уют|ит|ыт|ены|ить|ыть|ишь|ую|ю|(?<=[ая])(?:ла|на|ете|йте|ли|й|л|ем|н|ло|но|ет|ют|ны|ть|ешь|нно))$/;
  const NOUN = /(?:а|ев|ов|ие|ье|е|иями|ями|ами|еи|ии|и|ией|ей|ой|ий|й|иям|ям|ием|ем|ам|ом|о|у|ах|иях|ях|ы|ь|ию|ью|ю|ия|ья|я)$/;

  const stem = (word) => {
    word = word.toLowerCase().replaceAll('ё', 'е');
    if (!/[а-я]/.test(word)) return elasticlunr.stemmer(word);
    const first = [...word].findIndex((letter) => VOWEL.includes(letter)) + 1;
    if (!first) return word;
    const head = word.slice(0, first);
    let rest = word.slice(first);
    // An ending may not reach into what is before the first vowel, but its letter before may be that vowel.
    const cut = (pattern) => {
      const shorter = (head + rest).replace(pattern, '');
      if (shorter.length === head.length + rest.length || shorter.length < head.length) return false;
      rest = shorter.slice(head.length);
      return true;
    };
    if (!cut(PERFECTIVE)) {
      cut(REFLEXIVE);
      if (cut(ADJECTIVE)) cut(PARTICIPLE);
      else if (!cut(VERB)) cut(NOUN);
    }
    cut(/и$/);
    cut(/(?<=[^аеиоуыэюя][аеиоуыэюя]+[^аеиоуыэюя].*)ость?$/);
    if (!cut(/ейше?$/)) cut(/ь$/);
    cut(/(?<=н)н$/);
    // Beyond Snowball: «заготовок» is a form of «заготовка», and «блокировка» is made of «блокировать».
    const whole = head + rest;
    const even = whole.length > 5 ? whole.replace(/(?<=[^аеиоуыэюя])[ое]к$/, 'к') : whole;
    return even.length > 7 ? even.replace(/овк$/, '') : even;
  };

  // How well a word of the text answers a word that is asked: 0 is not at all. Nouns made of verbs have longer stems.
  const LEAST = 5;
  const fits = (word, asked) => {
    if (word === asked) return 1;
    if (word.startsWith(asked)) return 0.7;
    return word.length >= LEAST && asked.startsWith(word) ? 0.5 : 0;
  };

  const words = (text) => text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  const stems = new Map();
  const stemmed = (word) => {
    if (!stems.has(word)) stems.set(word, stem(word));
    return stems.get(word);
  };
  // The stems of each section, once: by field, with how often each is there.
  const read = (index) => {
    index.thawStems ??= Object.entries(index.documentStore.docs).map(([ref, doc]) => {
      const fields = ['title', 'body', 'breadcrumbs'].map((field) => {
        const counts = new Map();
        for (const word of words(doc[field])) counts.set(stemmed(word), (counts.get(stemmed(word)) ?? 0) + 1);
        return { field, counts };
      });
      return { ref, doc, fields };
    });
    return index.thawStems;
  };

  elasticlunr.Index.prototype.search = function search(query, options) {
    const asked = words(query).map(stemmed);
    if (!asked.length) return [];
    const found = [];
    for (const { ref, doc, fields } of read(this)) {
      const scores = asked.map((one) => {
        let score = 0;
        for (const { field, counts } of fields) {
          const boost = options.fields?.[field]?.boost ?? 1;
          for (const [word, count] of counts) score += boost * fits(word, one) * Math.log2(1 + count);
        }
        return score;
      });
      if (scores.every((score) => score > 0)) found.push({ ref, doc, score: scores.reduce((sum, score) => sum + score) });
    }
    return found.sort((one, other) => other.score - one.score);
  };

  // Marks in a page, and in what the search shows of it.
  elasticlunr.stemmer = ((english) => (word) => (/[а-яё]/i.test(word) ? stem(word.replace(/^[^а-яё]+|[^а-яё]+$/gi, '')) : english(word)))(elasticlunr.stemmer);
  const asked = new URLSearchParams(location.search).get('highlight');
  if (asked && globalThis.Mark) {
    const marks = words(asked).map(stem).filter((word) => /[а-я]/.test(word));
    new Mark(document.getElementById('mdbook-content')).mark(marks, { exclude: ['text'], accuracy: 'complementary' });
  }

  globalThis.thawStem = stem;
})();
