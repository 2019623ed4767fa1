// Sound: two short tones of our own. Browsers let a page sound once somebody has clicked in it;
// until then this is silent. Only the page that holds the stream sounds, so that a browser does once.
const TONES = [[660, 0], [880, 0.12]];
const VOLUME = 0.15;

function playSound() {
  if (!holdsStream() || !window.AudioContext) return;
  try {
    const audio = new AudioContext();
    if (audio.state === "running") TONES.forEach((tone) => playTone(audio, ...tone));
    setTimeout(() => audio.close(), 1000);
  } catch {
    // A page may have as many as its browser allows.
  }
}

function playTone(audio, pitch, after) {
  const [begin, tone, volume] = [audio.currentTime + after, audio.createOscillator(), audio.createGain()];
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(VOLUME, begin);
  volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.3);
  tone.connect(volume).connect(audio.destination);
  tone.start(begin);
  tone.stop(begin + 0.3);
}
