"""Tiny detectors as ONNX files: what they score is a plain property of the samples."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from kordant_pipelines.inference.pcm import RATE

WINDOW = 3 * RATE


def write_detector(folder: Path, **changes: int | str) -> Path:
    """A detector and its manifest, whose path is returned.

    `changes` are of the manifest's entries, and of the `window` and `batch` of the model itself.

    Its score is the roughness of the waveform, the mean step from sample to sample over the mean
    sample: high where there is treble. Its first output is the mean sample, to be passed over.
    """
    window, batch = changes.pop("window", WINDOW), changes.pop("batch", "batch")
    difference = np.array([-1.0, 1.0], np.float32).reshape(1, 1, 2)
    axes = numpy_helper.from_array(np.array([1], np.int64), "axis")
    nodes = [
        helper.make_node("Abs", ["wave"], ["loud"]),
        helper.make_node("ReduceMean", ["loud"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Unsqueeze", ["wave", "axis"], ["channel"]),
        helper.make_node("Conv", ["channel", "difference"], ["steps"]),
        helper.make_node("Squeeze", ["steps", "axis"], ["flat"]),
        helper.make_node("Abs", ["flat"], ["rough"]),
        helper.make_node("ReduceMean", ["rough"], ["step"], axes=[1], keepdims=1),
        helper.make_node("Add", ["mean", "tiny"], ["safe"]),
        helper.make_node("Div", ["step", "safe"], ["share"]),
        helper.make_node("Neg", ["share"], ["smooth"]),
        helper.make_node("Concat", ["smooth", "share"], ["classes"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "roughness",
        [helper.make_tensor_value_info("wave", TensorProto.FLOAT, [batch, window])],
        [
            helper.make_tensor_value_info("mean", TensorProto.FLOAT, [batch, 1]),
            helper.make_tensor_value_info("classes", TensorProto.FLOAT, [batch, 2]),
        ],
        initializer=[
            axes,
            numpy_helper.from_array(difference, "difference"),
            numpy_helper.from_array(np.array([1e-6], np.float32), "tiny"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    (folder / "rough.onnx").write_bytes(data)
    entries = {
        "id": "roughness",
        "version": "1",
        "file": "rough.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "licence": "none",
        "window_samples": WINDOW,
        "output_index": 1,
        "class_index": 1,
        "polarity": "higher_is_genuine",
    }
    path = folder / "rough.json"
    path.write_text(json.dumps(entries | changes))
    return path
