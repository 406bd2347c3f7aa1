// Cuts a lesson into slides on which everything is seen: measured in the browser, before reveal.js begins.
// A section is what the notebook says belongs together: text, and the code and the outputs that follow it. Where it is
// too tall it goes on on further slides, one picture on each; what is short stays with its neighbour; what is a little
// too large is made smaller.
function paginate(width, height) {
  const slides = document.querySelector(".reveal .slides");
  const room = height - 80; // less the padding of a section and its running title
  const little = 130, smallest = 0.7; // a text below so many pixels is not a slide; nothing is made smaller than this
  document.body.classList.add("measuring");
  slides.style.width = `${width}px`;

  const seen = (element) => element.getClientRects().length > 0;
  const top = (block) => block.getBoundingClientRect().top;
  const bottom = (block) => block.getBoundingClientRect().bottom;
  const tall = (blocks) => (blocks.length ? bottom(blocks.at(-1)) - top(blocks[0]) : 0);
  const pictures = (blocks) => blocks.filter((block) => block.matches("img") || block.querySelector("img")).length;
  const isHeading = (block) => /^H[1-6]$/.test(block.tagName);
  const isText = (block) => !block.matches("pre, .scroll, img") && !block.querySelector("pre, .scroll, img");
  const isLittle = (blocks) => blocks.every(isText) && tall(blocks) < little;

  function blocksOf(element) {
    if (!seen(element)) return [];
    if (element.matches("p, li, h1, h2, h3, h4, h5, h6, pre, img, details, blockquote, hr, .scroll") || !element.children.length)
      return element.textContent.trim() || element.matches("img") || element.querySelector("img") ? [element] : [];
    return [...element.children].flatMap(blocksOf);
  }

  function shrink(element, fits, least) {
    for (let zoom = 0.95; !fits() && zoom >= least - 0.001; zoom -= 0.05) element.style.zoom = zoom;
  }

  // a table or a text that is far too tall, as several
  function cut(block) {
    const parts = Math.ceil(tall([block]) / room);
    const rows = [...block.querySelectorAll("tbody tr")];
    const ends = []; // in a text: where its lines end
    if (!rows.length) {
      const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
      while (walker.nextNode())
        for (const found of walker.currentNode.data.matchAll(/\n/g)) ends.push([walker.currentNode, found.index + 1]);
    }
    const step = Math.ceil((rows.length || ends.length + 1) / parts);
    const made = [];
    for (let begin = 0; begin < (rows.length || ends.length + 1); begin += step) {
      const part = block.cloneNode(rows.length > 0);
      if (rows.length) {
        [...part.querySelectorAll("tbody tr")].forEach((row, i) => (i < begin || i >= begin + step) && row.remove());
      } else {
        const range = document.createRange();
        range.selectNodeContents(block);
        if (begin) range.setStart(...ends[begin - 1]);
        if (begin + step <= ends.length) range.setEnd(...ends[begin + step - 1]);
        part.append(range.cloneContents());
      }
      made.push(part);
    }
    block.replaceWith(...made.filter((part) => part.textContent.trim()));
  }

  function makeFit(block) {
    const fits = () => block.scrollWidth <= block.clientWidth + 1;
    for (const value of block.querySelectorAll("td")) if (!/\p{L}/u.test(value.textContent)) value.style.whiteSpace = "nowrap";
    if (!fits()) // a name may go on in a second line
      for (const name of block.querySelectorAll("th"))
        name.replaceChildren(...name.textContent.split(/(?<=_)/).flatMap((part) => [part, document.createElement("wbr")]));
    if (block.matches("pre, .scroll")) shrink(block, fits, block.matches("pre") ? 0.8 : smallest);
    if (!fits()) Object.assign(block.style, {zoom: "", whiteSpace: "pre-wrap", overflowWrap: "anywhere"});
    if (!fits()) shrink(block, fits, 0.4);
    const wide = block.style.zoom;
    if (tall([block]) > room) shrink(block, () => tall([block]) <= room, smallest);
    if (tall([block]) > room && block.matches("pre, .scroll")) {
      block.style.zoom = wide;
      cut(block);
    }
  }

  function pagesOf(blocks) {
    const pages = [[]];
    for (const block of blocks) {
      const page = pages.at(-1);
      if (page.length && (tall([page[0], block]) > room || (pictures(page) && pictures([block])))) {
        const next = [];
        while (page.length > 1 && isHeading(page.at(-1))) next.unshift(page.pop());
        pages.push([...next, block]);
      } else page.push(block);
    }
    const last = pages.at(-1), before = pages.at(-2);
    while (before?.length > 1 && isLittle(last) && !isLittle(before.slice(0, -1))) {
      const more = [before.at(-1), ...last];
      if (tall(more) > room || pictures(more) > 1) break;
      last.unshift(before.pop());
    }
    return joined(pages, room / smallest, (page) => isLittle(page));
  }

  // small ones go to the one after them, or to the one before
  function joined(pages, most, isSmall) {
    for (let i = 0; i < pages.length; i++) {
      if (!isSmall(pages[i])) continue;
      for (const [first, second] of [[i, i + 1], [i - 1, i]]) {
        const both = [...(pages[first] ?? []), ...(pages[second] ?? [])];
        if (pages[first] && pages[second] && tall(both) <= most && pictures(both) <= 1) {
          pages.splice(first, 2, both);
          i = -1;
          break;
        }
      }
    }
    return pages;
  }

  function pageFrom(section, page, number, title) {
    const made = number ? section.cloneNode(true) : section;
    const own = new Set(page.map((block) => block.dataset.block));
    for (const block of made.querySelectorAll("[data-block]")) own.has(block.dataset.block) || block.remove();
    for (const shell of made.querySelectorAll(".jp-Cell, .jp-Cell *:not([data-block] *)"))
      if (!shell.matches("[data-block]") && !shell.querySelector("[data-block]")) shell.remove();
    if (number) for (const named of made.querySelectorAll("[id]")) named.removeAttribute("id");
    if (title && !made.querySelector("h1, h2, h3")) {
      const running = document.createElement("p");
      running.className = "running";
      running.textContent = title;
      made.prepend(running);
    }
    return made;
  }

  for (const list of slides.querySelectorAll("ol"))
    [...list.children].forEach((item, i) => (item.value = list.start + i));
  let number = 0;
  for (const stack of [...slides.children]) {
    const title = stack.querySelector("h1, h2")?.textContent.replace("¶", "").trim();
    for (const section of stack.children) {
      blocksOf(section).forEach(makeFit);
      // what is short stands with what follows it in the same part, or with what is before it
      const blocks = blocksOf(section), next = section.nextElementSibling, before = section.previousElementSibling;
      if (!isLittle(blocks)) continue;
      if (next) next.prepend(...section.childNodes);
      else if (before) before.append(...section.childNodes);
    }
    for (const section of [...stack.children]) {
      const blocks = blocksOf(section);
      if (!blocks.length) {
        section.remove();
        continue;
      }
      for (const block of blocks) block.dataset.block = number++;
      const pages = pagesOf(blocks);
      const rest = pages.slice(1).map((page) => pageFrom(section, page, 1, title));
      pageFrom(section, pages[0], 0, title);
      section.after(...rest);
    }
    for (const section of stack.children) {
      const inner = document.createElement("div");
      inner.append(...section.childNodes);
      section.append(inner);
      shrink(inner, () => section.getBoundingClientRect().height <= height, 0.5);
    }
  }
  document.body.classList.remove("measuring");
  slides.style.width = "";
}
