// The dancing cubes of games/cubes/stage.cpp (append_crowd) with three.js, as its manual says: one InstancedMesh, or a Mesh for each cube.
// A lit ground and lit boxes, without round edges, faces, shadows, a sky or labels: it does less than ours. `?mode=instanced|single&count=N`.

import * as THREE from './three.module.js';

const query = new URLSearchParams(location.search);
const count = Number(query.get('count'));
const instanced = query.get('mode') === 'instanced';
const kArenaHalf = 20;
const kKept = 64;

const renderer = new THREE.WebGLRenderer({ antialias: true });
renderer.setPixelRatio(1);
renderer.setSize(innerWidth, innerHeight);
document.body.append(renderer.domElement);
const scene = new THREE.Scene();
const camera = new THREE.PerspectiveCamera(50, innerWidth / innerHeight, 0.15, 400);
camera.position.set(0, 9, 26);
camera.lookAt(0, 0, 0);
const sun = new THREE.DirectionalLight(0xffddbb, 3);
sun.position.set(-0.66, 0.5, -0.34);
scene.add(sun, new THREE.AmbientLight(0x8080c0, 1));
const ground = new THREE.Mesh(new THREE.PlaneGeometry(600, 600), new THREE.MeshStandardMaterial({ color: 0x333355 }));
ground.rotation.x = -Math.PI / 2;
scene.add(ground);

const colours = ['#f0a020', '#4db5f0', '#10b088', '#f2e04a', '#2f7fe0', '#f0683a', '#e07cc0', '#e8e6f2'].map((text) => new THREE.Color(text));
const side = Math.max(1, Math.ceil(Math.sqrt(count)));
const spacing = (2 * (kArenaHalf - 0.8)) / Math.max(side - 1, 1);
const half = Math.min(0.5, spacing * 0.36);
const colourOf = (i) => colours[(i * 7 + Math.floor(i / side)) % 8];
const box = new THREE.BoxGeometry(1, 1, 1);
const meshes = [];
let all;
if (instanced) {
  all = new THREE.InstancedMesh(box, new THREE.MeshStandardMaterial(), count);
  all.frustumCulled = false; // they dance all over the picture
  for (let i = 0; i < count; ++i) all.setColorAt(i, colourOf(i));
  scene.add(all);
} else {
  const materials = colours.map((color) => new THREE.MeshStandardMaterial({ color }));
  for (let i = 0; i < count; ++i) {
    const mesh = new THREE.Mesh(box, materials[(i * 7 + Math.floor(i / side)) % 8]);
    meshes.push(mesh);
    scene.add(mesh);
  }
}

const dummy = new THREE.Object3D();
function dance(seconds) {
  for (let i = 0; i < count; ++i) {
    const x = ((i % side) - (side - 1) / 2) * spacing;
    const z = (Math.floor(i / side) - (side - 1) / 2) * spacing;
    const wave = Math.sin(seconds * 2.4 + Math.sqrt(x * x + z * z) * 0.55);
    const tall = half * (1 + 0.18 * wave);
    const one = instanced ? dummy : meshes[i];
    one.position.set(x, tall + Math.max(wave, 0) * 0.7, z);
    one.scale.set(2 * half, 2 * tall, 2 * half);
    one.rotation.y = Math.sin(seconds * 0.9 + i) * 0.8;
    if (!instanced) continue;
    dummy.updateMatrix();
    all.setMatrixAt(i, dummy.matrix);
  }
  if (instanced) all.instanceMatrix.needsUpdate = true;
}

/// As games/cubes/game.cpp's Recent: the mean of the last without the largest quarter.
const times = [];
function typical() {
  const sorted = times.slice(-kKept).sort((a, b) => a - b);
  const kept = sorted.slice(0, sorted.length - Math.floor(sorted.length / 4));
  return kept.reduce((sum, one) => sum + one, 0) / Math.max(kept.length, 1);
}

renderer.setAnimationLoop((now) => {
  const began = performance.now();
  dance(now / 1000);
  renderer.render(scene, camera);
  times.push(performance.now() - began);
  globalThis.shot = { frames: times.length, cpu_ms: typical(), draw_calls: renderer.info.render.calls };
});
