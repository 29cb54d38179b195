"""The measured views, the same functions for every peer."""

from django.http import HttpRequest, JsonResponse

from bench.routing.goods.models import READ_KEY, Item

QUERIES = 10


def no_query(_request: HttpRequest) -> JsonResponse:
    """Answer without the database."""
    return JsonResponse({"name": ""})


def one_query(_request: HttpRequest) -> JsonResponse:
    """Answer with one row read by its key."""
    return JsonResponse(_shape(Item.objects.get(pk=READ_KEY)))


def ten_queries(_request: HttpRequest) -> JsonResponse:
    """Answer with ten rows, each read by its key."""
    return JsonResponse({"items": [_shape(Item.objects.get(pk=READ_KEY + number)) for number in range(QUERIES)]})


def _shape(item: Item) -> dict[str, object]:
    return {"id": item.pk, "name": item.name, "price": str(item.price), "stock": item.stock}
