"""What S3 tells and refuses of uploads in parts, and moto (5.2.1) does not: the checksums of parts, and how many parts an object's has."""

from moto.core.responses import ActionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response
from moto.s3.utils import compute_checksum


def checksum(part):
    return compute_checksum(part.value, "SHA256").decode()


def list_parts(self):
    upload = self._get_param("uploadId")
    marker, most = self._get_int_param("part-number-marker", 0), self._get_int_param("max-parts", 1000)
    parts = sorted(self.backend.list_parts(self.bucket_name, upload, 0, 10_000), key=lambda part: part.name)
    later = [part for part in parts if part.name > marker]
    shown = later[:most]
    result = {
        "Bucket": self.bucket_name,
        "Key": self.parse_key_name(),
        "UploadId": upload,
        "NextPartNumberMarker": shown[-1].name if shown else 0,
        "IsTruncated": len(later) > len(shown),
        "Parts": [{"PartNumber": part.name, "ETag": part.etag, "Size": part.size, "ChecksumSHA256": checksum(part)} for part in shown],
    }
    self.data["Action"] = "ListParts"
    return self.serialized(ActionResult(result))


def upload_part(original):
    def upload(self):
        told = self.headers.get("x-amz-checksum-sha256")
        if told is not None and told != compute_checksum(self.body, "SHA256").decode():
            raise S3ClientError("BadDigest", "The SHA256 you specified did not match the calculated checksum.")
        return original(self)

    return upload


def head_object(original):
    def head(self, bucket_name, query, key_name, headers):
        status, answer, body = original(self, bucket_name, query, key_name, headers)
        key = self.backend.get_object(bucket_name, key_name) if status == 200 else None
        if key is not None and key.checksum_type == "COMPOSITE":
            name = f"x-amz-checksum-{key.checksum_algorithm.lower()}"
            if name in answer:
                answer[name] = f"{key.checksum_value}-{key.checksum_parts}"
        return status, answer, body

    return head


def install():
    S3Response.list_parts = list_parts
    S3Response.upload_part = upload_part(S3Response.upload_part)
    S3Response.head_object = head_object(S3Response.head_object)
