// Said in the same way as the app says it: a task after the first frame.
requestAnimationFrame(() => setTimeout(() => window.__TAURI_INTERNALS__.invoke('painted', { what: 'page' })));
document.getElementById('send').addEventListener('click', () => {
  const entry = document.createElement('article');
  entry.textContent = document.getElementById('message').value;
  document.querySelector('[role=log]').append(entry);
});
