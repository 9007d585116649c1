// What a page takes to connect players and draw their cubes with PeerJS and three.js: the classes, used so that none is left out.

import { Peer } from 'peerjs';
import { AmbientLight, BoxGeometry, Color, DirectionalLight, InstancedMesh, Mesh, MeshStandardMaterial, Object3D, PerspectiveCamera, PlaneGeometry, Scene, WebGLRenderer } from 'three';

const renderer = new WebGLRenderer({ antialias: true });
const scene = new Scene();
const camera = new PerspectiveCamera();
const cubes = new InstancedMesh(new BoxGeometry(), new MeshStandardMaterial(), 64);
cubes.setColorAt(0, new Color('#f0a020'));
scene.add(cubes, new Mesh(new PlaneGeometry(), new MeshStandardMaterial()), new DirectionalLight(), new AmbientLight(), new Object3D());
document.body.append(renderer.domElement);
const peer = new Peer('nobody', { host: location.hostname, port: Number(location.port), path: '/nowhere' });
peer.on('connection', (connection) => connection.on('data', (data) => console.log(data)));
renderer.setAnimationLoop(() => renderer.render(scene, camera));
